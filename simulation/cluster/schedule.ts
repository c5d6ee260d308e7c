import { type Fleet, type FleetNode, GRACE, LEASE } from './fleet.js'

const ROOMS = ['lobby', 'red', 'green', 'blue', 'a.b', '*', '>', 'a~2eb']
const SCOPES = ['acme', 'umbrella', 'acme.lobby']

/** After this time without a fault everything has to be right again, in milliseconds. */
const QUIET = 3 * LEASE + 20_000

/** Lets a fleet live through `steps` random moments, and then come to rest, so that what is to be true at the end is. */
export async function live(fleet: Fleet, nodes: number, steps: number): Promise<void> {
  const { random } = fleet
  for (let index = 0; index < nodes; index += 1) fleet.start(`node-${index}`)
  await fleet.clock.advance(5_000)
  for (let step = 0; step < steps; step += 1) {
    await moment(fleet, nodes)
    await fleet.clock.advance(random.below(400))
  }
  fleet.faulty = false
  fleet.heal()
  for (const node of fleet.living) fleet.mend(node)
  await fleet.clock.advance(QUIET)
  // The last word in every room: whoever missed the one before it can tell now.
  for (const node of fleet.living) {
    for (const scope of SCOPES) for (const room of ROOMS) lastWord(node, scope, room)
  }
  await fleet.clock.advance(5_000)
}

async function moment(fleet: Fleet, nodes: number): Promise<void> {
  const { random } = fleet
  const node = random.pick(fleet.living)
  const visitor = random.pick([...node.visitors])
  const room = random.pick(ROOMS)
  const luck = random.next()
  if (visitor === undefined || luck < 0.15) {
    const made = fleet.enter(node, random.pick(SCOPES))
    await fleet.clock.advance(0)
    return fleet.join(node, made, room)
  }
  if (luck < 0.25) return fleet.join(node, visitor, room)
  if (luck < 0.3) return fleet.leave(visitor, random.pick([...visitor.rooms.keys()]) ?? room)
  if (luck < 0.33) return fleet.vanish(node, visitor)
  if (luck < 0.35) return fleet.cut(node)
  if (luck < 0.398) return mendOne(fleet)
  if (luck < 0.4) return fleet.crash(random.below(10_000), random.pick([0, 100, 1_000, 5_000]))
  if (luck < 0.405) return fleet.partition(random.next())
  if (luck < 0.42) return fleet.heal()
  if (luck < 0.425 && fleet.living.length > nodes / 2) return fleet.kill(node)
  if (luck < 0.43 && fleet.living.length > nodes / 2) return fleet.leaveFleet(node)
  if (luck < 0.44 && fleet.living.length < nodes) return begin(fleet, nodes)
  for (let burst = random.below(4); burst >= 0; burst -= 1) fleet.say(visitor, room)
}

function mendOne(fleet: Fleet): void {
  const cut = fleet.living.filter(({ isCut }) => isCut)
  if (cut.length > 0) fleet.mend(fleet.random.pick(cut))
}

/** Somebody new, often under the name of one that is gone. */
function begin(fleet: Fleet, nodes: number): void {
  const names = new Set(fleet.living.map(({ name }) => name))
  for (let index = 0; index < nodes; index += 1) {
    if (!names.has(`node-${index}`)) return void fleet.start(`node-${index}`)
  }
}

function lastWord(node: FleetNode, scope: string, room: string): void {
  node.app.scope(scope).to(room).send(`${scope} ${room} ${node.name}@${node.startedAt} 0`)
}

/** How long somebody has to have been in a room for what is said there to be promised. */
export const SETTLED: number = 10_000 + GRACE
