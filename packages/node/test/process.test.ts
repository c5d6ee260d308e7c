import { beforeEach, describe, expect, it } from 'vitest'
import { clientsOf, Program, skipWithout, transportNames } from './program/started.js'

/** Processes take a while to start. */
const PATIENCE = 60_000
const RESTARTING = { code: 1012, reason: 'restarting' }

async function start(env: Readonly<Record<string, string>>, count: number) {
  const program = new Program('main.ts', env)
  const { host, connect } = clientsOf(await program.hears('port'))
  const peers = await Promise.all(Array.from({ length: count }, () => connect()))
  return { program, host, peers, closes: Promise.all(peers.map((peer) => peer.closed)) }
}

describe.each(transportNames)('SIGTERM to a process on %s', (TRANSPORT) => {
  beforeEach((context) => skipWithout(TRANSPORT, context))

  it(
    '50 connections: 1012 to each, their flushes, then the store, then the server, and exit code 0',
    async () => {
      const { program, closes } = await start({ TRANSPORT }, 50)
      program.signal('SIGTERM')
      expect(await closes).toEqual(Array(50).fill(RESTARTING))
      expect(await program.exited).toEqual({ code: 0, signal: null })
      expect(program.said.slice(1)).toEqual([
        { signal: 'SIGTERM' },
        { store: 'closes', flushed: 50 },
        {
          clean: true,
          connections: { closed: 50, forced: 0 },
          outcomes: { connections: 'done', 'close store': 'done', server: 'done' },
        },
      ])
      expect(program.errors).toBe('')
    },
    PATIENCE,
  )

  it(
    'a second one at once changes nothing',
    async () => {
      const { program, closes } = await start({ TRANSPORT, RELEASE_TIME: '2000', RELEASE: 'hangs' }, 5)
      program.signal('SIGTERM')
      await program.hears('signal')
      program.signal('SIGTERM')
      expect(await closes).toEqual(Array(5).fill(RESTARTING))
      // Releases that the application gives up are errors of it: the exit code says that not all was in order.
      expect(await program.exited).toEqual({ code: 1, signal: null })
      expect(program.said.slice(1)).toEqual([
        { signal: 'SIGTERM' },
        { signal: 'SIGTERM' },
        ...Array(5).fill({ error: 'LINKSPAN_RELEASE_TIMEOUT' }),
        { store: 'closes', flushed: 0 },
        {
          clean: false,
          connections: { closed: 5, forced: 0 },
          outcomes: { connections: 'done', 'close store': 'done', server: 'done' },
        },
      ])
      expect(program.errors).toBe('')
    },
    PATIENCE,
  )

  it(
    'where it may force: ends what is left at once, with exit code 1',
    async () => {
      const { program, closes } = await start({ TRANSPORT, RELEASE: 'hangs', FORCE: '0', GRACE: '60000' }, 5)
      program.signal('SIGTERM')
      expect(await closes).toEqual(Array(5).fill(RESTARTING))
      program.signal('SIGTERM')
      expect(await program.exited).toEqual({ code: 1, signal: null })
      expect(program.said.at(-1)).toEqual({
        clean: false,
        connections: { closed: 0, forced: 5 },
        outcomes: { connections: 'forced', 'close store': 'skipped', server: 'skipped' },
      })
    },
    PATIENCE,
  )

  it(
    'a release that hangs is given up at its share of the grace period; the rest goes on; exit code 1',
    async () => {
      // Before its end uWebSockets.js is given half a second, which has to be within its share;
      // `fastify.close()` waits for the drain, too, and so for what hangs.
      const grace = TRANSPORT === 'uws' ? '4000' : '1000'
      const server = TRANSPORT === 'fastify' ? 'forced' : 'done'
      const { program } = await start({ TRANSPORT, RELEASE: 'hangs', RELEASE_TIME: '60000', GRACE: grace }, 2)
      program.signal('SIGTERM')
      expect(await program.exited).toEqual({ code: 1, signal: null })
      expect(program.said.slice(2)).toEqual([
        { store: 'closes', flushed: 0 },
        {
          clean: false,
          connections: { closed: 0, forced: 2 },
          outcomes: { connections: 'forced', 'close store': 'done', server },
        },
      ])
    },
    PATIENCE,
  )

  it(
    'a release that throws stops nothing, is told of, and makes the exit code 1',
    async () => {
      const { program } = await start({ TRANSPORT, RELEASE: 'throws' }, 2)
      program.signal('SIGTERM')
      expect(await program.exited).toEqual({ code: 1, signal: null })
      expect(program.said.slice(2)).toEqual([
        { error: 'LINKSPAN_RELEASE' },
        { error: 'LINKSPAN_RELEASE' },
        { store: 'closes', flushed: 2 },
        {
          clean: false,
          connections: { closed: 2, forced: 0 },
          outcomes: { connections: 'done', 'close store': 'done', server: 'done' },
        },
      ])
    },
    PATIENCE,
  )

  it(
    'SIGINT does the same, and newcomers meanwhile get 503 with Retry-After',
    async () => {
      const { program, host, closes } = await start(
        { TRANSPORT, RELEASE: 'hangs', RELEASE_TIME: '60000', GRACE: '3000' },
        1,
      )
      program.signal('SIGINT')
      expect(await closes).toEqual([RESTARTING])
      const answer = await host.connect().answer
      expect(answer).toMatchObject({ upgraded: false, status: 503 })
      expect(answer.headers['retry-after']).toMatch(/^[1-3]$/)
      const ready = await fetch(`http://127.0.0.1:${String(await program.hears('port'))}/ready`)
      expect(ready.status).toBe(503)
      expect(await ready.json()).toEqual({ status: 'unavailable', failing: ['draining'] })
      expect(await program.exited).toMatchObject({ code: 1 })
    },
    PATIENCE,
  )
})
