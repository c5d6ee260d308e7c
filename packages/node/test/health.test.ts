import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { linkspan } from '@linkspan/core'
import { type Check, type HealthOptions, health, type Probe, shutdown } from '@linkspan/node'
import { VirtualClock } from '@linkspan/testing'
import { describe, expect, it, onTestFinished, vi } from 'vitest'

const never = (): Promise<never> => new Promise(() => {})
const OK = { status: 200, body: { status: 'ok', failing: [] } }
const failing = (...names: string[]) => ({ status: 503, body: { status: 'unavailable', failing: names } })

function probes(checks: Readonly<Record<string, Check>>, options: Partial<HealthOptions> = {}) {
  const clock = new VirtualClock()
  const app = linkspan({ clock })
  return { app, clock, ...health({ apps: [app], checks, clock, ...options }) }
}

describe('readiness', () => {
  it('is there where nothing is needed, and takes applications alone', async () => {
    const app = linkspan()
    expect(await health([app]).readiness()).toEqual(OK)
    await app.drain()
    expect(await health([app]).readiness()).toEqual(failing('draining'))
  })

  it('fails where a check answers false, throws or rejects, and names those', async () => {
    const { readiness } = probes({
      fine: () => 'PONG',
      alsoFine: async () => {},
      no: () => false,
      later: async () => false,
      throws: () => {
        throw new Error('redis://user:secret@host is down')
      },
      rejects: () => Promise.reject(new Error('secret')),
    })
    const answer = await readiness()
    expect(answer).toEqual(failing('no', 'later', 'throws', 'rejects'))
    expect(JSON.stringify(answer)).not.toContain('secret')
  })

  it('fails where a check hangs, and does not run it again before it has ended', async () => {
    let end = (): void => {}
    const check = vi.fn(
      () =>
        new Promise<void>((resolve) => {
          end = resolve
        }),
    )
    const { readiness, clock } = probes({ slow: check })
    const answer = readiness()
    await clock.advance(1_000)
    expect(await answer).toEqual(failing('slow'))
    await clock.advance(5_000)
    expect(await readiness()).toEqual(failing('slow'))
    expect(check).toHaveBeenCalledTimes(1)
    end()
    await clock.advance(0)
    check.mockResolvedValue()
    expect(await readiness()).toEqual(OK)
    expect(check).toHaveBeenCalledTimes(2)
    expect(clock.pending).toBe(0)
  })

  it('asks once, however many ask, until the answer is too old', async () => {
    const check = vi.fn(async () => true)
    const { readiness, clock } = probes({ store: check })
    await Promise.all([readiness(), readiness(), readiness()])
    await clock.advance(999)
    await readiness()
    expect(check).toHaveBeenCalledTimes(1)
    await clock.advance(1)
    check.mockResolvedValue(false)
    expect(await readiness()).toEqual(failing('store'))
    expect(check).toHaveBeenCalledTimes(2)
  })

  it('is gone at once when an application drains, whatever is cached or asked', async () => {
    const { readiness, app, clock } = probes({ hangs: never })
    const asked = readiness()
    await app.drain()
    await clock.advance(1_000)
    expect(await asked).toEqual(failing('draining'))
    expect(await readiness()).toEqual(failing('draining'))
  })

  it('is gone from the begin of a shutdown, before the application drains', async () => {
    const { readiness, app, clock } = probes({})
    const stopping = shutdown({ apps: [app], clock, notice: 1_000, signals: [] })
    expect(await readiness()).toEqual(OK)
    void stopping.begin()
    expect(app.draining).toBe(false)
    expect(await readiness()).toEqual(failing('draining'))
    await clock.advance(1_000)
    await stopping.done
  })

  it.each([
    ['timeout', { timeout: 0 }],
    ['timeout', { timeout: 60_001 }],
    ['cache', { cache: -1 }],
    ['cache', { cache: 0.5 }],
  ])('%s out of its range throws', (name, options) => {
    expect(() => probes({}, options)).toThrow(
      expect.objectContaining({ code: 'LINKSPAN_OPTION', message: expect.stringContaining(name) }),
    )
  })
})

describe('liveness', () => {
  it('is there as long as the process answers, also when it drains and nothing works', async () => {
    const { liveness, app } = probes({ no: () => false })
    await app.drain()
    expect(await liveness()).toEqual(OK)
  })
})

describe('as a handler', () => {
  const NO = '{"status":"unavailable","failing":["store"]}'
  const HEADERS = { 'content-type': 'application/json', 'cache-control': 'no-store' }
  const failingProbe = (): Probe => probes({ store: () => false }).readiness

  async function fetched(listener: RequestListener, method = 'GET') {
    const server = createServer(listener).listen(0, '127.0.0.1')
    onTestFinished(() => void server.close())
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    return fetch(`http://127.0.0.1:${port}/ready`, { method, headers: { connection: 'close' } })
  }

  it('of node:http', async () => {
    const response = await fetched(failingProbe().http)
    expect(response.status).toBe(503)
    expect(Object.fromEntries(response.headers)).toMatchObject(HEADERS)
    expect(await response.text()).toBe(NO)
    expect((await fetched(probes({}).readiness.http, 'HEAD')).status).toBe(200)
  })

  it('of Koa', async () => {
    const headers: Record<string, string> = {}
    const ctx = {
      status: 404,
      body: undefined as unknown,
      set: (name: string, value: string) => {
        headers[name] = value
      },
    }
    await failingProbe().koa(ctx)
    expect(ctx).toMatchObject({ status: 503, body: NO })
    expect(headers).toEqual(HEADERS)
  })

  it('of Fastify', async () => {
    const headers: Record<string, string> = {}
    const code = vi.fn()
    const header = (name: string, value: string) => {
      headers[name] = value
    }
    expect(await failingProbe().fastify({}, { code, header })).toBe(NO)
    expect(code).toHaveBeenCalledWith(503)
    expect(headers).toEqual(HEADERS)
  })

  function uwsResponse() {
    const wrote: string[] = []
    let abort = (): void => {}
    return {
      wrote,
      abort: () => abort(),
      onAborted: (aborted: () => void) => {
        abort = aborted
      },
      cork: (write: () => void) => write(),
      writeStatus: (status: string) => wrote.push(status),
      writeHeader: (name: string, value: string) => wrote.push(`${name}: ${value}`),
      end: (body: string) => wrote.push(body),
    }
  }

  it('of uWebSockets.js, which must not be written to once aborted', async () => {
    const [res, aborted] = [uwsResponse(), uwsResponse()]
    const probe = failingProbe()
    probe.uws(res, {})
    probe.uws(aborted, {})
    aborted.abort()
    await new Promise(setImmediate)
    expect(res.wrote).toEqual([
      '503 Service Unavailable',
      'content-type: application/json',
      'cache-control: no-store',
      NO,
    ])
    expect(aborted.wrote).toEqual([])
  })
})
