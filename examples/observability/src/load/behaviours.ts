// How people are: what one of them does from where it is connected to where it is not. Each resolves when that is over.

import { MESSAGES_A_SECOND } from '../app.js'
import type { Client } from './client.js'
import type { Random } from './random.js'

type Behaviour = (client: Client, random: Random) => Promise<void>

/** Says something now and then for as long as it stays, and leaves. */
async function talk(client: Client, random: Random, least = 60_000, most = 360_000): Promise<void> {
  const leaves = performance.now() + random.between(least, most)
  while (await client.stays(random.between(2_000, 6_000))) {
    if (performance.now() > leaves) return client.close()
    const type = random.weighted({ say: 85, search: 15 })
    client.say({ type, text: 'has anybody seen the ferry?'.slice(0, Math.floor(random.between(8, 28))) })
  }
}

/** Asks for much, and reads it only after a while. */
async function readSlowly(client: Client, random: Random): Promise<void> {
  for (let asked = 0; asked < 12; asked += 1) client.say({ type: 'archive' })
  client.pause()
  const stays = await client.stays(random.between(2_000, 5_000))
  client.resume()
  if (stays) await talk(client, random)
}

/** Says more at once than it may: it is cut for that. */
async function chatter(client: Client, random: Random): Promise<void> {
  await client.stays(random.between(1_000, 10_000))
  for (let said = 0; said < 2 * MESSAGES_A_SECOND; said += 1) client.say({ type: 'say', text: 'me me me' })
  await client.over
}

/** Loses its network, which the node is told. */
async function vanish(client: Client, random: Random): Promise<void> {
  await client.stays(random.between(5_000, 20_000))
  client.vanish()
  await client.over
}

/** Loses its network, which nobody is told: it is the heartbeat that notices. */
async function fallSilent(client: Client, random: Random): Promise<void> {
  await client.stays(random.between(2_000, 10_000))
  client.pause()
  await client.stays(30_000)
  client.vanish()
  await client.over
}

export const behaviours = { talk, readSlowly, chatter, vanish, fallSilent } satisfies Record<
  string,
  Behaviour
>

/** How many of a hundred are how. */
export const USUAL: Readonly<Record<keyof typeof behaviours, number>> = {
  talk: 88,
  readSlowly: 4,
  chatter: 2,
  vanish: 4,
  fallSilent: 2,
}
