import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, it } from 'vitest'
import { scenarios } from './crash/scenarios.js'
import { missing } from './load.js'
import { needsUws } from './needs-uws.js'

needsUws()

interface Hunt {
  readonly lines: readonly string[]
  readonly errors: string
  readonly end: { readonly code: unknown; readonly signal: unknown }
}

/** Runs every scenario in a process of its own, for a crash of the native server would take this one along. */
function hunt(over: string): Promise<Hunt> {
  const program = fileURLToPath(new URL('./crash/hunt.ts', import.meta.url))
  const flags = ['--expose-gc', '--import', 'tsx', '--conditions=@linkspan/source']
  return new Promise((resolve) => {
    execFile(process.execPath, [...flags, program, over], { timeout: 60_000 }, (error, stdout, stderr) => {
      const end = { code: error?.code ?? 0, signal: error?.signal ?? null }
      resolve({ lines: stdout.split('\n'), errors: stderr, end })
    })
  })
}

describe.each(['tcp', 'tls'])('over %s nothing crashes', (over) => {
  let found: Hunt

  beforeAll(async () => {
    if (missing === undefined) found = await hunt(over)
  }, 65_000)

  it.each(Object.keys(scenarios))('%s', (name) => {
    expect(found.lines, found.errors).toContain(`ok ${name}`)
  })

  it('and the process ends without a word from uWebSockets.js', () => {
    expect(found.end, found.errors).toEqual({ code: 0, signal: null })
    expect(found.errors).not.toMatch(/uWS|error|cork/i)
  })
})
