/** Shows a passage that grows. */
export interface PassageView {
  append(text: string): void;
  /** Called when nothing more will come for now. Resolves when all of it is shown as it will stay. */
  settle(): Promise<void>;
  /** Called when another view takes over. */
  close(): void;
}
