/** Shows a run while it lasts. */
export interface View {
  /** Something happened that deserves a line. */
  note(text: string): void
  /** Time has passed; called about ten times a second. */
  draw(nowMs: number): void
  /** Leaves the terminal as it was found. Safe to call twice. */
  close(): void
}
