import { beforeEach, describe, expect, it } from 'vitest'
import { clientsOf, Program, skipWithout, transportNames } from './program/started.js'

describe.each(transportNames)('a primary with two workers on %s', (TRANSPORT) => {
  beforeEach((context) => skipWithout(TRANSPORT, context))

  it.each([
    ['SIGTERM to the primary alone, as an orchestrator does', 'SIGTERM', false],
    ['SIGINT to all of them at once, as a terminal does', 'SIGINT', true],
  ] as const)(
    '%s: each ends once, and in order',
    async (_how, signal, all) => {
      const program = new Program('cluster.ts', { TRANSPORT, PORT: '0' }, true)
      await program.hears('primary')
      const workers = [clientsOf(await program.hears('port')), clientsOf(await program.hears('port', 2))]
      const peers = await Promise.all(
        workers.flatMap(({ connect }) => Array.from({ length: 4 }, () => connect())),
      )
      process.kill(all ? -program.pid : program.pid, signal)
      const closes = await Promise.all(peers.map((peer) => peer.closed))
      expect(closes).toEqual(Array(8).fill({ code: 1012, reason: 'restarting' }))
      expect(await program.exited).toEqual({ code: 0, signal: null })
      expect(program.errors).toBe('')

      const ends = program.said.filter(
        (line): line is { end: string; closed: number } => 'end' in Object(line),
      )
      expect(ends.map(({ end }) => end).sort()).toEqual(['primary', 'worker 1', 'worker 2'])
      expect(ends.reduce((sum, { closed }) => sum + closed, 0)).toBe(8)
      expect(ends.find(({ end }) => end === 'primary')).toEqual({
        end: 'primary',
        clean: true,
        closed: 0,
        steps: [['workers', 'done']],
      })
      expect(ends.find(({ end }) => end === 'worker 1')).toMatchObject({
        clean: true,
        steps: [
          ['connections', 'done'],
          ['server', 'done'],
          ['cluster', 'done'],
        ],
      })
      // A primary that replaces workers that crash does not replace these.
      const gone = program.said.filter((line) => 'gone' in Object(line))
      expect(gone).toHaveLength(2)
      expect(gone).toEqual(gone.map((line) => ({ ...Object(line), code: 0, voluntary: true })))
    },
    60_000,
  )
})
