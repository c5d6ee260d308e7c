import { type RedisTickets, redisTickets } from '@linkspan/redis'
import { Redis } from 'ioredis'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Connected, packages } from './clients.js'
import { ownRedis } from './redis-server.js'

describe.each(Object.entries(packages))('redisTickets with %s', (_name, connect) => {
  const server = ownRedis()
  let one: Connected
  let two: Connected
  let here: RedisTickets
  let there: RedisTickets
  beforeEach(async () => {
    one = await connect(server().port)
    two = await connect(server().port)
    here = redisTickets(one.client)
    there = redisTickets(two.client)
  })
  afterEach(() => Promise.all([one.end(), two.end()]))

  it('gives a ticket to one of all who take it', async () => {
    await here.put('a', '{"subject":"ada"}', 60_000)
    const taken = await Promise.all(
      Array.from({ length: 20 }, (_, i) => (i % 2 === 0 ? here : there).take('a')),
    )
    expect(taken.filter((value) => value !== undefined)).toEqual(['{"subject":"ada"}'])
  })

  it('knows no ticket that was never put, or whose time is over', async () => {
    expect(await here.take('never')).toBeUndefined()
    await here.put('short', 'value', 30)
    await here.put('long', 'value', 60_000)
    // Taking would remove it: Redis itself is asked whether it is still there.
    const probe = new Redis(server().port, '127.0.0.1')
    await expect.poll(() => probe.exists('linkspan:ticket:{short}')).toBe(0)
    probe.disconnect()
    expect(await there.take('short')).toBeUndefined()
    expect(await there.take('long')).toBe('value')
  })

  it('does not replace a ticket', async () => {
    await here.put('b', 'first', 60_000)
    await expect(there.put('b', 'second', 60_000)).rejects.toThrow('an id that is new')
    expect(await here.take('b')).toBe('first')
  })

  it('keeps prefixes apart', async () => {
    await here.put('c', 'value', 60_000)
    expect(await redisTickets(one.client, { prefix: 'other:' }).take('c')).toBeUndefined()
    expect(await here.take('c')).toBe('value')
  })
})
