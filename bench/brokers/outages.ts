import type { Member, Readings, Told } from './contract.js'
import type { Engine } from './engines.js'
import type { Pair } from './pair.js'

/** What an outage did to one room. */
export interface Outage {
  /** Milliseconds until each node's application was told that the engine is away, or hangs. */
  readonly noticed: Readonly<Record<Member, number>>
  /** Milliseconds from the engine's return until each node was told so. */
  readonly up: Readonly<Record<Member, number>>
  /** Milliseconds from the engine's return to the first message that was sent after it, and arrived. */
  readonly back: number
  /** Messages sent while it lasted, by the answers of `send`. */
  readonly answers: Readonly<Record<string, number>>
  /** Of all messages of this part. */
  readonly sent: number
  readonly lost: number
  readonly twice: number
  /** `gap` events that the receiver's application was told, and the messages that they counted. */
  readonly gaps: number
  readonly counted: number
}

export interface Outages {
  readonly killed?: Outage
  readonly paused?: Outage
}

/** Messages a second meanwhile. */
const OUTAGE_RATE = 100
const PATIENCE = 90_000
/** How long the engine is away, at least; and how long is looked for what comes late, in milliseconds. */
const AWAY = 1_000
const AFTERMATH = 3_000

/** Ends an engine and starts it again; then makes it hang for a while. What it cannot do is left out. */
export async function outages(pair: Pair, engine: Engine): Promise<Outages> {
  const { kill, restart, pause, resume } = engine
  await pair.read('receiver')
  const killed =
    kill &&
    restart &&
    (await outage(
      pair,
      () => kill.call(engine),
      () => restart.call(engine),
    ))
  const paused =
    pause &&
    resume &&
    (await outage(
      pair,
      async () => pause.call(engine),
      async () => resume.call(engine),
    ))
  return { ...(killed && { killed }), ...(paused && { paused }) }
}

async function outage(pair: Pair, begin: () => Promise<void>, end: () => Promise<void>): Promise<Outage> {
  const [sender, receiver] = [new History(pair, 'sender'), new History(pair, 'receiver')]
  await pair.ask('sender', { do: 'pace', rate: OUTAGE_RATE })
  await until('messages arrive', async () => (await receiver.look()).arrivals.length >= 20)
  await sender.look()
  sender.forgetAnswers()
  const begun = now()
  await begin()
  await pause(AWAY)
  await until('both have noticed', async () => {
    await Promise.all([sender.look(), receiver.look()])
    return [sender, receiver].every(({ told }) => told.some((one) => one.at > begun && isTrouble(one)))
  })
  await sender.look()
  const answers = { ...sender.answers }
  const endingAt = now()
  await end()
  const ended = Math.max(endingAt, now())
  await until('messages arrive again', async () => {
    await receiver.look()
    return receiver.arrivals.some(([, sentAt]) => sentAt > ended)
  })
  await pause(AFTERMATH)
  await pair.ask('sender', { do: 'rest' })
  await pause(AWAY)
  await Promise.all([sender.look(), receiver.look()])
  const first = Math.min(...receiver.arrivals.filter(([, sentAt]) => sentAt > ended).map(([, , at]) => at))
  const numbers = receiver.arrivals.map(([number]) => number)
  const arrived = new Set(numbers)
  const gaps = receiver.told.filter(({ what }) => what === 'gap')
  // The first that arrived was not the first that was sent: what was on its way belongs to the part before.
  const sent = Math.max(...numbers) - Math.min(...numbers) + 1
  return {
    noticed: { sender: sender.noticed(begun), receiver: receiver.noticed(begun) },
    up: { sender: sender.up(ended), receiver: receiver.up(ended) },
    back: (first - ended) / 1_000,
    answers,
    sent,
    lost: sent - arrived.size,
    twice: numbers.length - arrived.size,
    gaps: gaps.length,
    counted: gaps.reduce((sum, { missed = 0 }) => sum + missed, 0),
  }
}

/** What one node has told in one outage, bit by bit. */
class History {
  readonly #pair: Pair
  readonly #member: Member
  readonly told: Told[] = []
  readonly arrivals: Readings['arrivals'][number][] = []
  answers: Record<string, number> = {}

  constructor(pair: Pair, member: Member) {
    this.#pair = pair
    this.#member = member
  }

  async look(): Promise<this> {
    const { told, arrivals, answers } = await this.#pair.read(this.#member)
    this.told.push(...told)
    this.arrivals.push(...arrivals)
    for (const [answer, count] of Object.entries(answers)) {
      this.answers[answer] = (this.answers[answer] ?? 0) + count
    }
    return this
  }

  forgetAnswers(): void {
    this.answers = {}
  }

  noticed(begun: number): number {
    const at = this.told.find((one) => one.at > begun && isTrouble(one))?.at ?? Number.NaN
    return (at - begun) / 1_000
  }

  up(ended: number): number {
    const at = this.told.find((one) => one.at > ended && one.what === 'up')?.at ?? Number.NaN
    return (at - ended) / 1_000
  }
}

function isTrouble({ what }: Told): boolean {
  return what === 'down' || what === 'degraded'
}

/** The clock of all processes of this machine, in microseconds. */
function now(): number {
  return Number(process.hrtime.bigint() / 1_000n)
}

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + PATIENCE
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`after ${PATIENCE / 1_000} s it was not so: ${what}`)
    await pause(20)
  }
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds))
}
