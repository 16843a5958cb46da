/** Renders a growing passage. */
export interface PassageView {
  append(text: string): void;
  /** Called when the passage stops growing. Resolves when all of it is rendered in its final form. */
  settle(): Promise<void>;
  /** Called before another view replaces this one. */
  close(): void;
}
