import { execFileSync } from 'node:child_process'
import type { Closing } from '@linkspan/core'
import { describe, expect, it } from 'vitest'
import { toTest } from '../../src/index.js'
import { recordingOf } from './recordings.js'

const closing = (reason: string): Closing => ({
  ...{ at: 3, what: 'closing', cause: 'application', code: 4000, by: 'server', framed: true },
  ...{ reason, backlog: 0, buffered: 0 },
})

/** Whether Node can parse it as a module. */
function parses(source: string): boolean {
  execFileSync(process.execPath, ['--input-type=module', '--check', '-'], { input: source, stdio: 'pipe' })
  return true
}

describe('a recording that is written out', () => {
  it('is a test for vitest, with all that is in it', () => {
    const recording = recordingOf({ entries: [closing('bye')] })
    const text = toTest(recording, { app: '../src/app.js' })
    expect(text).toContain("import { app } from '../src/app.js'")
    expect(text).toContain('const { differences } = await replay(app, recording)')
    expect(text).toContain("import { expect, test } from 'vitest'")
    const [, written = ''] = /const recording: Recording = (\{[\s\S]*?^\})/m.exec(text) ?? []
    expect(JSON.parse(written)).toEqual(recording)
  })

  it('asks for what it is told, and says it', () => {
    const options = { app: './app.js', name: 'make', connect: { path: '/?a=1' }, messages: ['one', "it's"] }
    expect(toTest(recordingOf(), options)).toContain(
      `replay(make, recording, { connect: {"path":"/?a=1"}, message: (number) => ["one","it's"][number] })`,
    )
  })

  it.each(["it's", 'a \\ and a "quote"', '\\"', 'two\r\nlines', '\u2028', '`'])(
    'is a module whatever the reason was: %j',
    (reason) => {
      const recording = recordingOf({ entries: [closing(reason)] })
      const text = toTest(recording, { app: "./it's.js", runner: 'node' })
      expect(text).toContain("from './it\\'s.js'")
      expect(parses(text)).toBe(true)
      const [, title = ''] = /^test\(([\s\S]*?), async \(\) => \{$/m.exec(text) ?? []
      expect(new Function(`return ${title}`)()).toContain(`with 4000 (disconnected): ${reason}`)
    },
  )
})
