import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { type Peer, socketHost } from '@linkspan/testing'
import { afterEach, describe, expect, it } from 'vitest'
import { ownRedis } from '../../../packages/redis/test/redis-server.js'

const program = fileURLToPath(new URL('../src/server.ts', import.meta.url))

interface Running {
  readonly process: ChildProcess
  connect(cookie?: string): Promise<{ readonly peer: Peer; readonly cookie: string | undefined }>
  /** Asks it to end, and answers its exit code. */
  end(): Promise<number | null>
}

const running = new Set<ChildProcess>()
afterEach(() => {
  for (const process of running) process.kill('SIGKILL')
  running.clear()
})

/** Runs the program, until it says where it listens. */
async function run(env: NodeJS.ProcessEnv = {}): Promise<Running> {
  const args = ['--import', 'tsx', '--conditions=@linkspan/source', program]
  const child = spawn(process.execPath, args, {
    env: { ...process.env, PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  running.add(child)
  const exit = new Promise<number | null>((resolve) => child.once('exit', resolve))
  const port = await new Promise<number>((resolve, reject) => {
    child.stdout.on('data', (said: Buffer) => {
      const found = /:(\d+)\/count/.exec(said.toString())
      if (found !== null) resolve(Number(found[1]))
    })
    void exit.then((code) => reject(new Error(`the program ended with ${code}`)))
  })
  const host = socketHost({ connect: { port, host: '127.0.0.1' }, close: async () => {} })
  return {
    process: child,
    async connect(cookie) {
      const headers = cookie === undefined ? {} : { cookie }
      const answer = await host.connect({ path: '/count', headers }).answer
      if (!answer.upgraded) throw new Error(`refused with ${answer.status}`)
      return { peer: answer.peer, cookie: answer.headers['set-cookie']?.split(';')[0] }
    },
    end() {
      child.kill('SIGTERM')
      return exit
    },
  }
}

describe('the sessions example', () => {
  it('counts on over reconnects, and begins anew when it is told to forget', async () => {
    const server = await run()
    const first = await server.connect()
    expect(first.cookie).toMatch(/^linkspan\.sid=/)
    expect(await first.peer.next()).toBe('0 so far')
    first.peer.send('one')
    first.peer.send('two')
    expect([await first.peer.next(), await first.peer.next()]).toEqual(['1', '2'])
    first.peer.close()
    await first.peer.closed

    const second = await server.connect(first.cookie)
    expect(second.cookie).toBeUndefined()
    expect(await second.peer.next()).toBe('2 so far')
    second.peer.send('forget me')
    expect(await second.peer.closed).toMatchObject({ code: 4001 })

    const third = await server.connect(first.cookie)
    expect(third.cookie).not.toBe(first.cookie)
    expect(await third.peer.next()).toBe('0 so far')
    expect(await server.end()).toBe(0)
  }, 30_000)
})

describe('the sessions example with Redis', () => {
  const redis = ownRedis()

  it('counts on over restarts, and on two servers at once', async () => {
    const env = { REDIS_URL: `redis://127.0.0.1:${redis().port}` }
    const [one, other] = [await run(env), await run(env)]
    const here = await one.connect()
    expect(await here.peer.next()).toBe('0 so far')
    const there = await other.connect(here.cookie)
    expect(await there.peer.next()).toBe('0 so far')
    for (const { peer } of [here, there, here]) {
      peer.send('count')
      await peer.next()
    }
    expect(await Promise.all([one.end(), other.end()])).toEqual([0, 0])

    const restarted = await run(env)
    const again = await restarted.connect(here.cookie)
    expect(await again.peer.next()).toBe('3 so far')
    expect(await restarted.end()).toBe(0)
  }, 60_000)
})
