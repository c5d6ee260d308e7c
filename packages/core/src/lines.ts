import { Allowance, type LineKind } from './allowance.js'
import { promiseOf } from './inbox.js'
import type { Clock } from './ports/clock.js'
import type { Logger } from './ports/logger.js'

/** Told what a logger throws, or rejects with, at a line of that kind; `about` is what the line was about. */
export type LineFailed<About> = (kind: LineKind, thrown: unknown, about: About | undefined) => void

/** Lines of a log: those that the logger wants, as many of each kind as are allowed, and how many there would have been more. */
export class Lines<About = never> {
  readonly #logger: Logger
  readonly #allowance: Allowance
  readonly #failed: LineFailed<About>

  constructor(logger: Logger, clock: Clock, perSecond: number, failed: LineFailed<About>) {
    this.#logger = logger
    this.#failed = failed
    this.#allowance = new Allowance(clock, perSecond, (kind, suppressed) => {
      const { event: of, level: _, ...which } = kind
      this.#call(kind, { event: 'log.suppressed', of, ...which, suppressed }, 'lines suppressed', undefined)
    })
  }

  /** Whether its timer runs. */
  get waiting(): boolean {
    return this.#allowance.waiting
  }

  /** Tells at once what was suppressed. */
  flush(): void {
    this.#allowance.tell()
  }

  /** `fields` are made only for a line that is written. */
  write(kind: LineKind, fields: () => object, message: string, about?: About): void {
    if (this.#takes(kind, about) && this.#allowance.admits(kind)) this.#call(kind, fields(), message, about)
  }

  #takes(kind: LineKind, about: About | undefined): boolean {
    try {
      return this.#logger.isLevelEnabled?.(kind.level) !== false
    } catch (thrown) {
      this.#failed(kind, thrown, about)
      return false
    }
  }

  #call(kind: LineKind, fields: object, message: string, about: About | undefined): void {
    try {
      const answer: unknown = this.#logger[kind.level](fields, `linkspan: ${message}`)
      promiseOf(answer)?.catch((thrown: unknown) => this.#failed(kind, thrown, about))
    } catch (thrown) {
      this.#failed(kind, thrown, about)
    }
  }
}
