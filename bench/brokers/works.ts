import type { Readings } from './contract.js'
import { engineTime } from './engine-time.js'
import type { Pair } from './pair.js'

/** What one way to send was worth. */
export interface Measured {
  /** Messages a second that arrived. */
  readonly rate: number
  /** The share of what was sent that arrived, be it later: where it is not all, the engine did not keep up. */
  readonly arrived: number
  /** Messages in one publish. */
  readonly batch: number
  /** Microseconds of processor time a message. */
  readonly cpu: Costs
  /** Milliseconds from `send` to the connection's; only where the engine has nothing to queue. */
  readonly p50?: number
  readonly p99?: number
}

interface Costs {
  /** Of both, where they are one process. */
  readonly sender: number
  readonly receiver?: number | undefined
  /** Absent where the system does not tell, and where there is no engine. */
  readonly engine?: number | undefined
}

export interface Works {
  readonly light: Measured
  readonly single: Measured
  readonly batched: Measured
}

/** Two nodes, and the engine's processes. */
export interface Bench {
  readonly pair: Pair
  readonly processes: readonly number[]
}

/** How long each takes, in milliseconds. */
export interface Times {
  readonly light: number
  readonly flood: number
  readonly warm: number
}

/** Messages a second that leave everybody idle. */
export const LIGHT_RATE = 200
/** Topics whose messages never share a publish: as many as the core publishes to at once. */
export const TOPICS = 64
/** Of each topic one message waits: 256 bytes, and 5 of its item. */
const ONE_EACH = TOPICS * 261
/** Half of what may wait by default: nothing is ever dropped. */
const MANY = 524_288

/** A light rate; then as much as goes, one message a publish; then as much as goes in one room, in batches. */
export async function works(bench: Bench, times: Times): Promise<Works> {
  return {
    light: await light(bench, times),
    single: await flood(bench, times, TOPICS, ONE_EACH),
    batched: await flood(bench, times, 1, MANY),
  }
}

async function light(bench: Bench, times: Times): Promise<Measured> {
  const { pair } = bench
  await pair.ask('sender', { do: 'pace', rate: LIGHT_RATE })
  await pause(times.warm)
  const { figures, sent, receiver } = await between(bench, () => pause(times.light))
  await pair.ask('sender', { do: 'rest' })
  const late = await settled(pair)
  return { ...figures, arrived: Math.min(1, (receiver.received + late) / sent), ...percentiles(receiver) }
}

async function flood(
  bench: Bench,
  { flood: milliseconds, warm }: Times,
  topics: number,
  window: number,
): Promise<Measured> {
  const { pair } = bench
  await pair.ask('sender', { do: 'flood', milliseconds: warm, topics, window })
  await settled(pair)
  const { figures, sent, receiver } = await between(bench, () =>
    pair.ask('sender', { do: 'flood', milliseconds, topics, window }),
  )
  const late = await settled(pair)
  return { ...figures, arrived: (receiver.received + late) / sent }
}

interface Between {
  readonly figures: Omit<Measured, 'arrived'>
  readonly sent: number
  readonly receiver: Readings
}

/** What both nodes did while something was done. */
async function between({ pair, processes }: Bench, done: () => Promise<unknown>): Promise<Between> {
  const before = { sender: await pair.read('sender'), receiver: await pair.read('receiver') }
  const engineBefore = engineTime(processes)
  await done()
  const engineAfter = engineTime(processes)
  const after = { sender: await pair.read('sender'), receiver: await pair.read('receiver') }
  const sent = Object.values(after.sender.answers).reduce((sum, count) => sum + count, 0)
  const { received } = after.receiver
  return {
    figures: {
      rate: (received * 1_000_000) / (after.receiver.at - before.receiver.at),
      batch: sent / after.sender.publishes,
      cpu: {
        sender: (after.sender.cpu - before.sender.cpu) / sent,
        receiver:
          pair.isShared || received === 0 ? undefined : (after.receiver.cpu - before.receiver.cpu) / received,
        engine:
          engineBefore === undefined || engineAfter === undefined || received === 0
            ? undefined
            : (engineAfter - engineBefore) / received,
      },
    },
    sent,
    receiver: after.receiver,
  }
}

/** Waits until nothing arrives any more. Answers how many came. */
async function settled(pair: Pair): Promise<number> {
  for (let late = 0; ; ) {
    await pause(500)
    const { received } = await pair.read('receiver')
    if (received === 0) return late
    late += received
  }
}

function percentiles({ arrivals }: Readings): { readonly p50: number; readonly p99: number } {
  const sorted = arrivals.map(([, sentAt, at]) => (at - sentAt) / 1_000).sort((one, other) => one - other)
  const at = (share: number): number => sorted[Math.floor(sorted.length * share)] ?? Number.NaN
  return { p50: at(0.5), p99: at(0.99) }
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds))
}
