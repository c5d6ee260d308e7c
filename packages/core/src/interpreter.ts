import type { Effect } from './effect.js'
import type { Event } from './event.js'
import type { LifecycleState, State } from './state.js'
import { begin, transition } from './transition.js'

/**
 * The only caller of `transition`. Events go through a mailbox, one at a time to completion: an effect may put further
 * events into it, and never calls back into the machine. What an effect
 * calls (listeners, releases) finds the mailbox busy, and what it asks for waits its turn; middleware and handlers begin
 * only after the mailbox is empty, in `settled`.
 */
export abstract class Interpreter {
  #state: State
  #busy = false
  #mailbox: Event[] | undefined

  constructor(visibly: boolean) {
    this.#state = begin(visibly)[0]
  }

  get phase(): LifecycleState {
    return this.#state.phase
  }

  /** Closing or closed. */
  get ending(): boolean {
    return this.#state.phase === 'closing' || this.#state.phase === 'closed'
  }

  get state(): State {
    return this.#state
  }

  /** Performs what is to be done in the first state. */
  protected begin(visibly: boolean): void {
    for (const effect of begin(visibly)[1]) this.perform(effect)
    this.settled()
  }

  dispatch(event: Event): void {
    if (this.#busy) {
      this.#mailbox ??= []
      this.#mailbox.push(event)
      return
    }
    this.#busy = true
    for (let next: Event | undefined = event; next !== undefined; next = this.#mailbox?.shift()) {
      const before = this.#state
      const [after, effects] = transition(before, next)
      this.#state = after
      this.happened(next, before.phase, after.phase)
      if (after.phase !== before.phase) this.moved(before.phase, after.phase)
      for (const effect of effects) this.perform(effect)
    }
    this.#mailbox = undefined
    this.#busy = false
    this.settled()
  }

  /** Does what an effect says. Never throws. */
  protected abstract perform(effect: Effect): void

  /** The machine was told of an event. */
  protected abstract happened(event: Event, from: LifecycleState, to: LifecycleState): void

  /** The phase has changed. */
  protected abstract moved(from: LifecycleState, to: LifecycleState): void

  /** The mailbox is empty. */
  protected abstract settled(): void
}
