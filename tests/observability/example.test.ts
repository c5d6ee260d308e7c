// The example of observability, as a program: with a real Prometheus, a real Redis and all of its processes.

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { missing as noRedis, RedisServer } from '../../packages/redis/test/redis-server.js'
import { missing as noPrometheus } from './prometheus-server.js'

const PROGRAM = fileURLToPath(new URL('../../examples/observability/servers/start.ts', import.meta.url))
const PATIENCE = { timeout: 60_000, interval: 100 } as const
const missing = noPrometheus ?? noRedis

/** The example, as somebody starts it in a terminal. */
class Example {
  readonly #process: ChildProcess
  readonly ended: Promise<unknown>
  said = ''

  constructor(...args: readonly string[]) {
    const run = ['--import', 'tsx', '--conditions=@linkspan/source', PROGRAM, ...args]
    this.#process = spawn(process.execPath, run, { stdio: ['ignore', 'pipe', 'pipe'] })
    for (const stream of [this.#process.stdout, this.#process.stderr])
      stream?.on('data', (bytes: Buffer) => {
        this.said += bytes.toString()
      })
    this.ended = once(this.#process, 'close').then(([code]) => code)
  }

  signal(name: NodeJS.Signals): void {
    this.#process.kill(name)
  }

  /** Waits until it has said something, and answers the groups of the match. */
  async says(what: RegExp): Promise<readonly string[]> {
    await expect.poll(() => this.said, PATIENCE).toMatch(what)
    return what.exec(this.said)?.slice(1) ?? []
  }

  /** The processes that it has told of. */
  get pids(): readonly number[] {
    return [...this.said.matchAll(/\(pid (\d+)\)/g)].map(([, pid]) => Number(pid))
  }
}

function lives(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

describe('the example of observability', { timeout: 120_000 }, () => {
  let redis: RedisServer
  let example: Example

  beforeAll(async () => {
    if (missing !== undefined) return
    redis = await RedisServer.start()
  })
  beforeEach((context) => {
    if (missing !== undefined) context.skip(missing)
  })
  afterAll(async () => {
    example?.signal('SIGKILL')
    await redis?.kill()
  })

  const start = (...args: readonly string[]): Example => {
    example = new Example('--redis', `redis://127.0.0.1:${redis.port}`, ...args)
    return example
  }

  it('brings everything up, shows it, and on SIGINT ends all of it', async () => {
    start('--clients', '30', '--acts', 'refusal,trace', '--every', '1')
    const [prometheus = ''] = await example.says(
      /prometheus\s+(http:\S+), with 26 alerts and 15 recorded series, all healthy/,
    )
    const [page = ''] = await example.says(/page\s+(http:\S+)/)

    const ask = async <Data>(url: string): Promise<Data> => (await (await fetch(url)).json()) as Data
    interface Vector {
      readonly data: { readonly result: readonly { readonly value: readonly [number, string] }[] }
    }
    const value = async (query: string): Promise<number[]> => {
      const { data } = await ask<Vector>(`${prometheus}/api/v1/query?${new URLSearchParams({ query })}`)
      return data.result.map(({ value: [, told] }) => Number(told))
    }
    for (const node of ['north', 'south'])
      for (const way of ['receive', 'transmit']) {
        const labels = `instance="${node}",network_io_direction="${way}"`
        await expect.poll(() => value(`linkspan_messages_total{${labels}} > 0`), PATIENCE).toHaveLength(1)
      }
    // Both nodes hear of what is said on the other one.
    await expect
      .poll(() => value('linkspan_broker_messages_total{linkspan_outcome="received"} > 0'), PATIENCE)
      .toHaveLength(2)

    const html = await (await fetch(page)).text()
    expect(html).toContain('<title>Linkspan</title>')
    const { panels } = await ask<{ panels: readonly object[] }>(`${page}dashboard.json`)
    expect(panels.length).toBeGreaterThan(30)
    const range = new URLSearchParams({
      query: 'up',
      start: String(Date.now() / 1_000 - 60),
      end: String(Date.now() / 1_000),
      step: '5',
    })
    expect(await ask(`${page}api/v1/query_range?${range}`)).toMatchObject({ status: 'success' })

    // The summary, of which nothing is made up.
    await example.says(
      /north \d+ active.*, south \d+ active.* · messages [1-9]\d*\/s in, [1-9]\d*\/s out · handlers p99 [1-9]\d* ms/,
    )
    await example.says(/refused [1-9]\d*× 401/)

    // The tour.
    const [connection = ''] = await example.says(/app\.explain\('(\S+)'\) on north:/)
    await example.says(new RegExp(`│ +${connection}: Middleware 'jwt' refused it after .* with 401\\.`))
    await example.says(
      new RegExp(`"event":"connection\\.refused","connection":"${connection}".*"status":401`),
    )
    await example.says(/The last handshake, trace [0-9a-f]{32}, took/)
    await example.says(/jwt +next after/)

    const { pids } = example
    expect(pids).toHaveLength(3)
    expect(pids.filter(lives)).toEqual(pids)
    const [folder = ''] = await example.says(/(\/\S+)\/north\.log/)
    expect(existsSync(folder)).toBe(true)

    example.signal('SIGINT')
    expect(await example.ended, example.said).toBe(0)
    expect(pids.filter(lives)).toEqual([])
    expect(existsSync(folder)).toBe(false)
    await expect(fetch(page)).rejects.toThrow()

    // Who counted on either side comes to the same.
    const [opened, refused, said] = await example.says(/the clients: (\d+) opened, (\d+) refused, (\d+) said/)
    const [told, alsoRefused, received] = await example.says(
      /Prometheus: {2}(\d+) opened, (\d+) refused, (\d+) received/,
    )
    expect([told, alsoRefused]).toEqual([opened, refused])
    expect(Number(opened)).toBeGreaterThanOrEqual(25)
    expect(Number(refused)).toBeGreaterThanOrEqual(10)
    expect(Number(received)).toBeGreaterThan(0)
    expect(Number(received)).toBeLessThanOrEqual(Number(said))
    expect(example.said).toContain('All of it has ended.')
    expect(example.said).not.toContain('as it should')
  })

  it('goes on where its acts end nodes and cut networks', async () => {
    start('--clients', '10', '--acts', 'drain,hiccup,trace', '--every', '0')
    await example.says(/south is back after/)
    await example.says(/chat on (?:north|south): messages of other nodes are missing/)
    await example.says(/The last handshake, trace/)
    example.signal('SIGTERM')
    expect(await example.ended, example.said).toBe(0)
    expect(example.pids.filter(lives)).toEqual([])
    expect(example.said).toContain('A node that is started again counts from 0')
    expect(example.said).not.toContain('as it should')
  })

  it('ends by itself after the seconds it was given', async () => {
    start('--clients', '3', '--acts', 'none', '--seconds', '1')
    expect(await example.ended, example.said).toBe(0)
    expect(example.said).toContain('Of handshakes they agree.')
    expect(example.pids.filter(lives)).toEqual([])
  })

  it('leaves no process behind, even where it is killed', async () => {
    start('--clients', '0', '--acts', 'none')
    await example.says(/Where to look/)
    const { pids } = example
    const [folder = ''] = await example.says(/(\/\S+)\/north\.log/)
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
    expect(pids).toHaveLength(3)
    example.signal('SIGKILL')
    await expect.poll(() => pids.filter(lives), PATIENCE).toEqual([])
  })

  it('says what is missing where no Redis answers', async () => {
    const nobody = new Example('--redis', 'redis://127.0.0.1:1')
    expect(await nobody.ended).toBe(1)
    expect(nobody.said).toContain('No Redis answers at 127.0.0.1:1, which --redis names.')
  })
})
