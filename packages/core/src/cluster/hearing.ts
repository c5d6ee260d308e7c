type Listener = (hears: boolean) => void

interface Ear {
  hears: boolean
  readonly listeners: Set<Listener>
}

/** Whether what is published to some channels arrives here, and who is told when that changes. */
export class Hearing {
  readonly #isHeard: (channel: string) => boolean
  readonly #ears = new Map<string, Ear>()

  /** `isHeard`: whether the engine answers, and passes on what is published to a channel. */
  constructor(isHeard: (channel: string) => boolean) {
    this.#isHeard = isHeard
  }

  hears(channel: string): boolean {
    return this.#ear(channel).hears
  }

  /** Calls `listener` whenever `hears` has changed. Answers what ends that. */
  on(channel: string, listener: Listener): () => void {
    const { listeners } = this.#ear(channel)
    listeners.add(listener)
    return () => listeners.delete(listener)
  }

  /** It may have changed. */
  check(): void {
    for (const [channel, ear] of this.#ears) become(ear, this.#isHeard(channel))
  }

  /** Something was missed on a channel, or on any of them: for a moment it was not heard. */
  missed(channel: string | undefined): void {
    for (const [name, ear] of this.#ears) if (channel === undefined || channel === name) become(ear, false)
    this.check()
  }

  #ear(channel: string): Ear {
    let ear = this.#ears.get(channel)
    if (ear === undefined) {
      ear = { hears: this.#isHeard(channel), listeners: new Set() }
      this.#ears.set(channel, ear)
    }
    return ear
  }
}

function become(ear: Ear, hears: boolean): void {
  if (ear.hears === hears) return
  ear.hears = hears
  for (const listener of [...ear.listeners]) listener(hears)
}
