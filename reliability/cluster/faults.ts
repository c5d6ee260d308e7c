import { setTimeout as after } from 'node:timers/promises'
import type { Fleet } from './fleet.js'
import type { FaultKind } from './history.js'
import { NODES } from './rooms.js'
import { BEAT, LEASE, SLACK } from './times.js'
import { crowd } from './traffic.js'

/** How each is done: it begins, lasts, and is over. */
const faults: Readonly<Record<FaultKind, (fleet: Fleet) => Promise<void>>> = {
  'engine paused': async (fleet) => {
    const fault = fleet.fail('engine paused')
    await fleet.engine.pause()
    await after(500 + fleet.random.below(3_000))
    fleet.engine.resume()
    fault.over()
  },

  'engine killed': async (fleet) => {
    const fault = fleet.fail('engine killed')
    await fleet.engine.kill()
    await after(500 + fleet.random.below(1_500))
    await fleet.engine.restart()
    fault.over()
  },

  'node cut off': async (fleet) => {
    const node = fleet.random.pick(NODES)
    // Sometimes for so long that the others give it up.
    const time = fleet.random.pick([200, 1_500, LEASE + 2 * BEAT])
    const fault = fleet.fail('node cut off', node)
    for (const proxy of fleet.networkOf(node)) proxy.refuse()
    await after(time)
    for (const proxy of fleet.networkOf(node)) proxy.pass()
    fault.over()
  },

  'node held up': async (fleet) => {
    const node = fleet.random.pick(NODES)
    const fault = fleet.fail('node held up', node)
    for (const proxy of fleet.networkOf(node)) proxy.stall()
    await after(500 + fleet.random.below(3_000))
    for (const proxy of fleet.networkOf(node)) proxy.pass()
    fault.over()
  },

  'node killed': async (fleet) => {
    const node = fleet.random.pick(NODES)
    const fault = fleet.fail('node killed', node)
    const [at, killed] = [Date.now(), performance.now()]
    await fleet.kill(node)
    await Promise.all(
      fleet.running.map(async ({ life: { name: seenBy } }) => {
        const milliseconds = await haunted(fleet, seenBy, node, killed)
        fleet.ghosts.push({ killed: node, seenBy, at, milliseconds })
      }),
    )
    await fleet.begin(node)
    await crowd(fleet, node)
    fault.over()
  },
}

/** Does everything that can be done to this engine, in random order, again and again for some milliseconds; each once at least. */
export async function misfortunes(fleet: Fleet, time: number, tell: (line: string) => void): Promise<void> {
  const kinds = (Object.keys(faults) as FaultKind[]).filter((kind) => fleet.engine.spared[kind] === undefined)
  const until = performance.now() + time
  for (let round = 0; round === 0 || performance.now() < until; round += 1) {
    for (const kind of shuffled(fleet, kinds)) {
      if (round > 0 && performance.now() > until) return
      await after(500 + fleet.random.below(1_500))
      const began = performance.now()
      await faults[kind](fleet)
      tell(`${kind}, for ${((performance.now() - began) / 1_000).toFixed(1)} s`)
    }
  }
}

/** How long a node goes on to have a killed one's in its presence: looks until they are gone, or it is too long. */
async function haunted(fleet: Fleet, seenBy: string, killed: string, since: number): Promise<number> {
  for (;;) {
    const left = await fleet.ask<number>(seenBy, 'ghosts', killed)
    const milliseconds = Math.round(performance.now() - since)
    if (left === 0 || milliseconds > 2 * (LEASE + BEAT + SLACK)) return milliseconds
    await after(20)
  }
}

function shuffled<One>({ random }: Fleet, list: readonly One[]): One[] {
  return list
    .map((one) => ({ one, at: random.next() }))
    .sort((left, right) => left.at - right.at)
    .map(({ one }) => one)
}
