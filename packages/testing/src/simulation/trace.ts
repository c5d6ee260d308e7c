/** What happened, a line each, in the virtual clock's time. */
export class Trace {
  readonly lines: string[] = []
  readonly #now: () => number

  constructor(now: () => number) {
    this.#now = now
  }

  add(line: string): void {
    this.lines.push(`${String(Math.round(this.#now())).padStart(8)} ms  ${line}`)
  }
}
