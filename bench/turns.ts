import type { Contestant } from './contestants.js'
import { Load } from './load.js'
import { Server } from './server.js'
import type { Figures, Turns, Work } from './work.js'

interface Player {
  readonly contestant: Contestant
  readonly server: Server
  readonly load: Load
  readonly taken: Figures[]
}

/**
 * Measures all contestants by turns. Each has the same processes from beginning to end, and all are there at once, so that
 * what disturbs a machine for a second disturbs all of them, by as much. Every other time they come in the reverse order.
 */
export async function byTurns(
  work: Work,
  { count, ready }: Turns,
  contestants: readonly Contestant[],
): Promise<ReadonlyMap<string, Figures>> {
  const players: Player[] = []
  try {
    for (const contestant of contestants) {
      const server = await Server.start(contestant, work.setup)
      const load = new Load(server.port, work.size, contestant.dialect)
      players.push({ contestant, server, load, taken: [] })
      await ready(server, load)
    }
    for (let turn = 0; turn < count; turn += 1) {
      for (const { server, load, taken } of turn % 2 === 0 ? players : [...players].reverse())
        taken.push(await work.run(server, load))
    }
    for (const { contestant, server } of players) server.collector?.check(contestant.telemetry ?? [])
    return new Map(players.map(({ contestant, taken }) => [contestant.name, together(taken)]))
  } finally {
    for (const { server, load } of players) {
      load.stop()
      await server.stop()
    }
  }
}

/** What it came to in all: a turn counts by what was done in it. */
function together(turns: readonly Figures[]): Figures {
  const done = turns.map(({ rate = 0, seconds = 0 }) => rate * seconds)
  const units = sum(done)
  const seconds = sum(turns.map((turn) => turn.seconds ?? 0))
  const cpu = sum(turns.map((turn, index) => (turn.cpu ?? Number.NaN) * (done[index] ?? 0)))
  return { cpu: cpu / units, rate: units / seconds, seconds }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((all, number) => all + number, 0)
}
