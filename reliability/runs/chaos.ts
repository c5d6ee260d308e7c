import { Random } from '@linkspan/testing'
import { Child } from '../child.js'
import { act, actors } from '../clients/actors.js'
import { Clients } from '../clients/context.js'
import type { TransportName } from '../server/transports.js'
import type { Testimony } from '../server/witness.js'
import { pool } from './pool.js'
import { verdict } from './verdict.js'

export interface ChaosOptions {
  readonly transport: TransportName
  readonly connections: number
  readonly seed: number
}

/** What a storm consisted of, and what was not as promised. */
export interface ChaosReport {
  readonly transport: TransportName
  /** Clients by what they did. */
  readonly kinds: Readonly<Record<string, number>>
  readonly seconds: number
  readonly handled: number
  readonly codes: Testimony['codes']
  readonly errors: Testimony['errors']
  readonly drops: Testimony['drops']
  readonly resources: number
  readonly problems: readonly string[]
}

/** Clients at once. */
const WIDTH = 100

/** A storm over one server: as many clients as asked for, of every kind, in an order and at moments that the seed says. */
export async function chaos({ transport, connections, seed }: ChaosOptions): Promise<ChaosReport> {
  const began = performance.now()
  const child = await Child.start({ transport, seed })
  const clients = new Clients(child.port, seed)
  const random = new Random(seed)
  const names = Object.keys(actors)
  const kinds: Record<string, number> = Object.fromEntries(names.map((name) => [name, 0]))
  const problems: string[] = []
  try {
    await pool(connections, WIDTH, async (index) => {
      // One of each first, then as chance has it.
      const kind = names[index] ?? random.pick(names)
      kinds[kind] = (kinds[kind] ?? 0) + 1
      const problem = await act(kind, clients.next())
      if (problem !== undefined) problems.push(problem)
    })
    const { testimony, problems: more } = await verdict(child, () => clients.end())
    const { handled, codes, errors, drops, taken: resources } = testimony
    const seconds = Math.round((performance.now() - began) / 100) / 10
    return {
      ...{ transport, kinds, seconds, handled, codes, errors, drops, resources },
      problems: [...problems, ...more],
    }
  } finally {
    clients.end()
    await child.end()
  }
}
