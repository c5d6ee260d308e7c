import { setTimeout as after } from 'node:timers/promises'
import type { Fleet } from './fleet.js'
import { islandOf, NODES, ROOMS } from './rooms.js'

/** Clients at each node. */
const PER_NODE = 100
/** Milliseconds between two moments, at most. */
const PAUSE = 40

/** Clients speak, join, leave, vanish and come, at random moments, until told otherwise. */
export async function traffic(fleet: Fleet, goesOn: () => boolean): Promise<void> {
  const { random } = fleet
  while (goesOn()) {
    await moment(fleet)
    await after(random.below(PAUSE))
  }
}

/** As many clients at a node as there should be. */
export async function crowd(fleet: Fleet, node: string): Promise<void> {
  const there = fleet.clients.filter((client) => client.node.name === node).length
  for (let index = there; index < PER_NODE; index += 10) {
    await Promise.all(Array.from({ length: Math.min(10, PER_NODE - index) }, () => fleet.enter(node)))
  }
}

async function moment(fleet: Fleet): Promise<void> {
  const { random } = fleet
  const client = random.pick(fleet.clients)
  const luck = random.next()
  if (client === undefined) return
  const [room] = client.places
  if (luck < 0.06 || room === undefined)
    return client.join(random.chance(0.2) ? islandOf(client.node.name) : random.pick(ROOMS))
  if (luck < 0.12) return fleet.leave(client, random.pick(client.places))
  if (luck < 0.14) {
    fleet.vanish(client)
    return fleet.enter(client.node.name)
  }
  for (let burst = random.below(4); burst >= 0; burst -= 1) fleet.say(client, random.pick(client.places))
}

/** Something in every room from every node, so that whoever missed what was before can tell. */
export async function lastWords(fleet: Fleet): Promise<void> {
  for (const [key] of fleet.present) {
    const [scope = '', room = ''] = key.split(' ')
    if (NODES.some((node) => room === islandOf(node))) continue
    for (const { life: node } of fleet.running) {
      const number = fleet.number()
      const word = { scope, room, from: node.name }
      // Heard, it may be, before we are told that it was said.
      fleet.unanswered.set(number, word)
      const said = await fleet.ask<{ at: number; answer: 'sent' }>(node.name, 'say', { scope, room, number })
      fleet.unanswered.delete(number)
      fleet.words.push({ ...said, ...word, node, number })
    }
  }
}
