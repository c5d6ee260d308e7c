import { setMaxListeners } from 'node:events'
import { setTimeout as after } from 'node:timers/promises'
import { behaviours, USUAL } from './behaviours.js'
import { type Answer, Client } from './client.js'
import { Random } from './random.js'
import { Tally } from './tally.js'
import { tokenOf } from './tokens.js'

/** Milliseconds over which all of them arrive. */
const ARRIVAL = 5_000
const ROOMS = ['harbour', 'bridge', 'pier', 'lighthouse', 'quay', 'ferry', 'dock', 'tide']
const TENANTS = { acme: 40, globex: 30, initech: 20, umbrella: 10 }
/** Of a hundred handshakes, how many are made with a token that is no good any more. */
const STALE = 4

/** A node as the crowd knows it. */
export interface Place {
  readonly url: string
  readonly isUp: boolean
}

/** So many clients that come, behave as people do, leave, and come again. */
export class Crowd {
  readonly tally = new Tally()
  readonly #places: readonly Place[]
  readonly #secret: Uint8Array
  readonly #random: Random
  readonly #here = new Set<Client>()
  readonly #stopped = new AbortController()
  #members: readonly Promise<void>[] = []

  constructor(places: readonly Place[], secret: Uint8Array, seed: number) {
    this.#places = places
    this.#secret = secret
    this.#random = new Random(seed)
    // Each member listens.
    setMaxListeners(0, this.#stopped.signal)
  }

  /** How many are connected. */
  get size(): number {
    return this.#here.size
  }

  /** Lets so many come, within a few seconds. */
  begin(size: number): void {
    this.#members = Array.from({ length: size }, (_, index) =>
      this.#member(`member ${index + 1}`, new Random(this.#random.next() * 2 ** 32)),
    )
  }

  /** One more handshake, with a place, for who wants to see what becomes of it. */
  async visit(place: Place, age: 'fresh' | 'stale' = 'fresh'): Promise<Answer> {
    return await this.#connect(place, { token: await tokenOf(this.#secret, 'guest', 'acme', age) }, 'lobby')
  }

  /** Lets nobody come any more and all of them leave; those who do not are cut. */
  async stop(): Promise<void> {
    this.#stopped.abort()
    for (const client of this.#here) client.close()
    const overdue = setTimeout(() => {
      for (const client of this.#here) client.vanish()
    }, 2_000)
    await Promise.all([...this.#members, ...[...this.#here].map(({ over }) => over)])
    clearTimeout(overdue)
  }

  async #member(subject: string, random: Random): Promise<void> {
    const tenant = random.weighted(TENANTS)
    const room = random.of(ROOMS)
    let cookie: string | undefined
    let known = true
    let wait = random.between(0, ARRIVAL)
    while (await this.#passes(wait)) {
      const up = this.#places.filter(({ isUp }) => isUp)
      if (up.length === 0) {
        wait = 1_000
        continue
      }
      // Who was refused logs in again.
      const age = known && random.next() * 100 < STALE ? 'stale' : 'fresh'
      const token = await tokenOf(this.#secret, subject, tenant, age)
      const answer = await this.#connect(random.of(up), { token, cookie }, room)
      known = 'client' in answer
      if ('client' in answer) {
        ;({ cookie } = answer.client)
        await behaviours[random.weighted(USUAL)](answer.client, random)
        wait = pauseAfter(await answer.client.over, random)
      } else {
        wait = Math.max((answer.retryAfter ?? 0) * 1_000, random.between(1_000, 4_000))
      }
    }
  }

  async #connect(
    { url }: Place,
    credentials: Parameters<typeof Client.connect>[1],
    room: string,
  ): Promise<Answer> {
    const answer = await Client.connect(`${url}${room}`, credentials, this.tally)
    if ('client' in answer) {
      const { client } = answer
      this.#here.add(client)
      void client.over.then(() => this.#here.delete(client))
      if (this.#stopped.signal.aborted) client.close()
    }
    return answer
  }

  /** Waits, and answers whether it goes on then. */
  async #passes(ms: number): Promise<boolean> {
    try {
      await after(ms, undefined, { signal: this.#stopped.signal })
      return true
    } catch {
      return false
    }
  }
}

/** How long a client waits that does what its close code asks of it. */
function pauseAfter(code: number, random: Random): number {
  // The node restarts, or wants it elsewhere: at once, after a moment left to chance.
  if (code === 1012 || (code >= 4200 && code < 4300)) return random.between(200, 2_000)
  // It was too slow, or too loud.
  if (code >= 4100 && code < 4200) return random.between(3_000, 8_000)
  return random.between(1_000, 5_000)
}
