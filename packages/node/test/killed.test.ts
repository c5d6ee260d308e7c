import { connect } from 'node:net'
import { expect, it } from 'vitest'
import { ownRedis } from '../../redis/test/redis-server.js'
import { clientsOf, Program, skipWithout, transportNames } from './program/started.js'

const TTL = 600_000
const redis = ownRedis()

/** One answer of Redis, by hand. */
function ask(...words: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port: redis().port, host: '127.0.0.1' })
    socket.once('error', reject).once('data', (bytes: Buffer) => {
      socket.destroy()
      resolve(bytes.toString())
    })
    socket.write(`${words.join(' ')}\r\n`)
  })
}

it.for([...transportNames])(
  'a process on %s that is killed: its sessions go on in another one, and end by themselves in the store',
  { timeout: 120_000 },
  async (TRANSPORT, context) => {
    skipWithout(TRANSPORT, context)
    const env = { TRANSPORT, REDIS: String(redis().port), TTL: String(TTL) }
    const [first, second] = [new Program('shop.ts', env), new Program('shop.ts', env)]
    const here = clientsOf(await first.hears('port')).host
    const there = clientsOf(await second.hears('port')).host
    const came = await here.connect().answer
    if (!came.upgraded) throw new Error(came.body)
    const cookie = came.headers['set-cookie']?.split(';')[0] ?? ''
    const id = cookie.slice(cookie.indexOf('=') + 1)
    came.peer.send('here I am')
    expect(await came.peer.next()).toBe('1')
    const key = `linkspan:session:{${id}}`
    // Its second version is that of the visit.
    await expect.poll(() => ask('HGET', key, 'version'), { timeout: 30_000 }).toContain('\r\n2\r\n')

    first.signal('SIGKILL')
    expect(await first.exited).toEqual({ code: null, signal: 'SIGKILL' })
    expect((await came.peer.closed).code).toBeUndefined()
    const [, left = '-1'] = /^:(-?\d+)/.exec(await ask('PTTL', key)) ?? []
    expect(Number(left)).toBeGreaterThan(0)
    expect(Number(left)).toBeLessThanOrEqual(TTL)

    const back = await there.connect({ headers: { cookie } }).answer
    if (!back.upgraded) throw new Error(back.body)
    back.peer.send('here I am again')
    expect(await back.peer.next()).toBe('2')
    second.signal('SIGTERM')
    expect(await second.exited).toEqual({ code: 0, signal: null })
    expect(await ask('HGET', key, 'version')).toContain('\r\n3\r\n')
  },
)
