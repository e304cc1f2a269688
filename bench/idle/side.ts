// What the idle scenario needs of a contestant. Introductions and invitations are text, since they cross processes.

/** The end that is measured: one node, or one server, with all the peers. */
export interface IdleServer {
  /** Answers with the invitation for the clients. */
  readonly invitation: string
  /** Ends that are connected. */
  connected(): number
}

export interface IdleContestant {
  /** Makes those who will connect, and introduces them. */
  introduce(count: number): Promise<string[]>
  listen(introductions: readonly string[]): Promise<IdleServer>
  /** Connects all who were introduced last; each makes one exchange and then rests. */
  connect(invitation: string): Promise<void>
}
