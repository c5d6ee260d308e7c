import { quantile } from './quantile.js'
import type { Round } from './visits.js'

/** Times that visitors may wait as long: twice on a machine that does nothing else; a test has to allow for one that does. */
export const MOST = 4
/** Milliseconds of the scheduler's own noise, below which no ratio says anything. */
export const NOISE = 5

/** What goes on beside the visitors of every other round. */
export interface Noise {
  begin(): Promise<void> | void
  /** Ends it for now; answers how often something was refused since it began. */
  pause(): Promise<number>
}

/** What visitors waited in rounds of one kind, in milliseconds: the medians of all rounds. */
export interface Waits {
  readonly p50: number
  readonly p99: number
}

/** What visitors waited without the noise and with it. */
export interface Slowdown {
  readonly alone: Waits
  readonly beside: Waits
  /** The p99 of each pair of rounds, without and with. */
  readonly pairs: readonly (readonly [alone: number, beside: number])[]
  /** How many times as long the p99 was, in the median of all pairs. */
  readonly times: number
}

export interface Comparison {
  readonly handshakes: Slowdown
  readonly words: Slowdown
  /** Both together. */
  readonly all: Slowdown
  readonly refused: number
  /** The server's processor time for a visit, and for what was refused once, in milliseconds. */
  readonly cost: { readonly visit: number; readonly refusal: number }
}

/**
 * Rounds without the noise, each followed by one with it: what the machine does besides weighs on both. `visits` are
 * those of a round.
 */
export async function compare(
  { pairs, visits }: { readonly pairs: number; readonly visits: number },
  round: (visits: number) => Promise<Round>,
  noise: Noise,
): Promise<Comparison> {
  const rounds: (readonly [alone: Round, beside: Round])[] = []
  const work = { visits: 0, refusals: 0 }
  let refused = 0
  for (let pair = 0; pair < pairs; pair += 1) {
    const alone = await round(visits)
    await noise.begin()
    const beside = await round(visits)
    refused += await noise.pause()
    work.visits += alone.cpu
    work.refusals += beside.cpu - alone.cpu
    rounds.push([alone, beside])
  }
  const slowdown = (waits: (round: Round) => readonly number[]): Slowdown =>
    slowdownOf(rounds.map(([alone, beside]) => [waits(alone), waits(beside)]))
  return {
    handshakes: slowdown(({ handshakes }) => handshakes),
    words: slowdown(({ words }) => words),
    all: slowdown(({ handshakes, words }) => [...handshakes, ...words]),
    refused,
    cost: { visit: work.visits / (pairs * visits), refusal: work.refusals / refused },
  }
}

type Samples = readonly number[]

function slowdownOf(rounds: readonly (readonly [alone: Samples, beside: Samples])[]): Slowdown {
  const waits = (of: readonly Samples[]): Waits => ({
    p50: quantile(
      of.map((samples) => quantile(samples, 0.5)),
      0.5,
    ),
    p99: quantile(
      of.map((samples) => quantile(samples, 0.99)),
      0.5,
    ),
  })
  const pairs = rounds.map(([alone, beside]) => [quantile(alone, 0.99), quantile(beside, 0.99)] as const)
  return {
    alone: waits(rounds.map(([alone]) => alone)),
    beside: waits(rounds.map(([, beside]) => beside)),
    pairs,
    times: quantile(
      pairs.map(([alone, beside]) => beside / Math.max(alone, NOISE)),
      0.5,
    ),
  }
}
