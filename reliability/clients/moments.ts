import { setTimeout as after, setImmediate as turn } from 'node:timers/promises'
import type { Random } from '@linkspan/testing'

/** Lets a random number of turns of the event loop pass, or a few milliseconds. */
export async function moment(random: Random): Promise<void> {
  if (random.chance(0.3)) return void (await after(random.below(12)))
  for (let turns = random.below(8); turns > 0; turns -= 1) await turn()
}
