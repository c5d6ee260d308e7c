import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const PROGRAM = fileURLToPath(new URL('../recorder.ts', import.meta.url))

it('a flight recorder takes at most a kilobyte a connection', { timeout: 60_000 }, async () => {
  const args = ['--expose-gc', '--import', 'tsx', '--conditions=@linkspan/source', PROGRAM, '--rounds', '3']
  const said = await new Promise<string>((resolve, reject) => {
    execFile(process.execPath, args, (error, stdout) => (error === null ? resolve(stdout) : reject(error)))
  })
  const [, more] = /^10000 connections: .*: (\d+) more$/m.exec(said) ?? []
  const [, over] = /^of one that is over, (\d+) bytes are kept$/m.exec(said) ?? []
  expect(Number(more), said).toBeGreaterThan(500)
  expect(Number(more), said).toBeLessThanOrEqual(1_024)
  // What `closedBytes` reckons with is 1,360, the longest reason included.
  expect(Number(over), said).toBeGreaterThan(500)
  expect(Number(over), said).toBeLessThanOrEqual(1_200)
})
