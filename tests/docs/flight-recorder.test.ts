// The page about the flight recorder: its explanation is what its program prints, and its tables have all that there is.

import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { CAUSES, KINDS } from '../../packages/core/src/recorder/entry.js'
import { blocksOf } from './blocks.js'

const PAGE = 'docs/flight-recorder.md'
const root = fileURLToPath(new URL('../..', import.meta.url))
const page = readFileSync(join(root, PAGE), 'utf8')

/** What a module prints. */
function printed(code: string): Promise<string> {
  const flags = ['--import', 'tsx', '--conditions=@linkspan/source', '--input-type=module', '--eval', code]
  return new Promise((resolve, reject) => {
    execFile(process.execPath, flags, { cwd: join(root, 'tests') }, (error, stdout) =>
      error === null ? resolve(stdout) : reject(error),
    )
  })
}

/** The words of the first column of the table below a heading, in order. */
function firstColumn(heading: string): readonly string[] {
  const [, part = ''] = page.split(`\n## ${heading}\n`)
  const [section = ''] = part.split(/\n##+ /)
  const cells = [...section.matchAll(/^\| (`[^|]*) \|/gm)].map(([, cell = '']) => cell)
  return cells.flatMap((cell) => [...cell.matchAll(/`([\w-]+)`/g)].map(([, word = '']) => word))
}

describe(PAGE, () => {
  it('shows what its first program prints', { timeout: 30_000 }, async () => {
    const [program] = blocksOf(root, PAGE)
    const shown = /<!-- explanation -->\n```text\n([\s\S]*?)```/.exec(page)?.[1]
    const told = await printed(program?.code ?? '')
    const [id = ''] = shown?.split(':') ?? []
    expect(id).toMatch(/^[0-9a-f]{16}-1$/)
    expect(told.replace(/^[0-9a-f]{16}-1(?=: )/, id).trimEnd()).toBe(shown?.trimEnd())
  })

  it('tells every cause of an end', () => {
    expect(firstColumn('Every end')).toEqual(CAUSES)
  })

  it('tells every kind of entry', () => {
    expect([...firstColumn('What is written down')].sort()).toEqual([...KINDS].sort())
  })
})
