/** What the clients did, and what became of it: to be compared with what Prometheus says. */
export class Tally {
  /** Handshakes that were answered with 101. */
  opened = 0
  /** Handshakes that were refused, by status. */
  readonly refused = new Map<number, number>()
  /** Handshakes that nobody answered. */
  unanswered = 0
  /** Messages that were sent, and that came. */
  said = 0
  heard = 0
  /** Ends, by the code that the client saw. */
  readonly closes = new Map<number, number>()

  get refusals(): number {
    return [...this.refused.values()].reduce((sum, count) => sum + count, 0)
  }

  refuse(status: number): void {
    this.refused.set(status, (this.refused.get(status) ?? 0) + 1)
  }

  close(code: number): void {
    this.closes.set(code, (this.closes.get(code) ?? 0) + 1)
  }
}
