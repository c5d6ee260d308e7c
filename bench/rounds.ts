import { type Bare, CONTESTANTS, type Contestant } from './contestants.js'
import { Load } from './load.js'
import { load1, stolenTicks } from './machine.js'
import { Server } from './server.js'
import { median } from './statistics.js'
import { byTurns } from './turns.js'
import type { Figures, Scale, Work } from './work.js'

/** One measurement. */
export interface Sample {
  readonly contestant: string
  readonly round: number
  readonly figures: Figures
}

/** Everything that was measured of a work. */
export interface Outcome {
  readonly work: Work
  readonly samples: readonly Sample[]
  /** Rounds in which one server, measured twice, differed too much from itself, or others had the processor. */
  readonly repeated: number
  /** Rounds that stayed so. */
  readonly disturbed: number
}

/** How far two measurements of one server may be apart in one round. */
const TWINS = 0.06
/** Ticks that a hypervisor may take in a round. */
const STOLEN = 20
/** How many disturbed rounds of a work are tried again: on some machines all are. */
const RETRIES = 1

/** Measures everybody, one after the other, round by round: what disturbs one disturbs all. */
export async function measure(
  work: Work,
  { rounds, everybody }: Scale,
  only: (name: string) => boolean,
): Promise<Outcome> {
  const contestants = CONTESTANTS.filter(({ name }) => work.contestants.includes(name) && only(name))
  const samples: Sample[] = []
  let repeated = 0
  let disturbed = 0
  for (let round = 1; round <= rounds; round += 1) {
    for (;;) {
      const { taken, why } = await runRound(work, contestants, round)
      const again = why !== '' && everybody && repeated < RETRIES
      console.log(
        `  ${work.id} ${round}/${rounds}  ${tell(taken, work)}${why === '' ? '' : `  disturbed: ${why}`}`,
      )
      if (again) {
        repeated += 1
        continue
      }
      if (why !== '') disturbed += 1
      samples.push(...taken)
      break
    }
  }
  return { work, samples, repeated, disturbed }
}

async function runRound(
  work: Work,
  contestants: readonly Contestant[],
  round: number,
): Promise<{ taken: Sample[]; why: string }> {
  const twins = work.twins ? contestants.filter(({ name, bare }) => name === bare) : []
  const stolen = stolenTicks()
  const taken: Sample[] = []
  if (work.turns === undefined) {
    for (const contestant of [...contestants, ...twins])
      taken.push({ contestant: contestant.name, round, figures: await runOnce(work, contestant) })
  } else {
    for (const [contestant, figures] of await byTurns(work, work.turns, contestants))
      taken.push({ contestant, round, figures })
  }
  const apart = twins.map(({ name }) => {
    const [one = 0, other = 0] = taken
      .filter((each) => each.contestant === name)
      .map(({ figures }) => figures[work.measure])
    return { name, share: Math.abs(one - other) / Math.min(one, other) }
  })
  const reasons = apart
    .filter(({ share }) => share > TWINS)
    .map(({ name, share }) => `${name} ±${percent(share)}`)
  if (stolenTicks() - stolen > STOLEN) reasons.push('stolen time')
  if (reasons.length > 0) reasons.push(`load ${load1()}`)
  return { taken, why: reasons.join(', ') }
}

/** One measurement in processes of its own. */
export async function runOnce(
  work: Work,
  contestant: Contestant,
  flags?: readonly string[],
): Promise<Figures> {
  const server = await Server.start(contestant, work.setup, flags)
  const load = new Load(server.port, work.size, contestant.dialect)
  try {
    await work.turns?.ready(server, load)
    return await work.run(server, load)
  } catch (cause) {
    throw new Error(`${contestant.name}: ${work.id}`, { cause })
  } finally {
    if (flags === undefined) load.stop()
    await server.stop()
    load.stop()
  }
}

/** The same figure of the bare transport in the same round: the middle of its twins. */
export function bareIn(samples: readonly Sample[], bare: Bare, round: number, of: keyof Figures): number {
  return median(
    samples
      .filter((each) => each.contestant === bare && each.round === round)
      .map(({ figures }) => figures[of] ?? Number.NaN),
  )
}

function tell(samples: readonly Sample[], { measure: of }: Work): string {
  return samples
    .map(
      ({ contestant, figures }) =>
        `${contestant} ${(figures[of] ?? Number.NaN).toFixed(of === 'rss' ? 0 : 2)}`,
    )
    .join('  ')
}

function percent(share: number): string {
  return `${(100 * share).toFixed(0)} %`
}
