/** Shows a passage that grows. */
export interface PassageView {
  append(text: string): void;
  /** Called when nothing more will come for now. */
  settle(): void;
}
