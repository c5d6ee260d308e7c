/*
 * Every ```ts block of README.md, CONTRIBUTING.md, docs/ and the packages' own pages is type-checked, and those that
 * say so are run.
 *
 *   ```ts                 a module: it compiles as it stands, over the workspace's sources
 *   ```ts fragment        statements: wrapped into an async function, below their imports
 *   ```ts run             a module that is also run: it must exit by itself, with code 0, within the deadline
 *   ```ts [app.ts]        a module with a name: other blocks of the page import it as './app.js'
 *
 * On a page without a block of that name './app.js' exports an application, `app`, that echoes.
 *
 * What a reader need not see stands before the block in a comment, and goes into the block's module. It serves the next
 * block only:
 *
 *   <!-- preamble:
 *   import type { Linkspan } from '@linkspan/core'
 *   declare const app: Linkspan<object>
 *   -->
 *
 * A block must use a package that tests/package.json lists. Errors name the page and its own line.
 */

import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, it } from 'vitest'
import { type Block, blocksOf, pages } from './blocks.js'

const DEADLINE = 20_000
const root = fileURLToPath(new URL('../..', import.meta.url))
const folder = join(root, 'tests/docs/.blocks')
const blocks = pages(root).flatMap((page) => blocksOf(root, page))
const programs = blocks.filter((block) => block.run)

const APP = `import { linkspan } from '@linkspan/core'
export const app = linkspan().message((conn, message) => { conn.send(message) })
`

/** Where a block's module is written: tests/docs/.blocks/docs/guide.md/L12.ts. */
function pathOf({ page, file }: Block): string {
  return join(folder, page, file)
}

beforeAll(() => {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder)
  const options = { noUnusedLocals: false, noUnusedParameters: false, allowUnreachableCode: true }
  const config = {
    extends: '../../../tsconfig.json',
    compilerOptions: options,
    include: ['**/*'],
    exclude: [],
  }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config))
  for (const block of blocks) {
    mkdirSync(join(folder, block.page), { recursive: true })
    writeFileSync(pathOf(block), block.code, { flag: 'wx' })
  }
  for (const page of new Set(blocks.map((block) => block.page))) {
    const app = join(folder, page, 'app.ts')
    if (!existsSync(app)) writeFileSync(app, APP)
  }
})

/** Runs Node in the blocks' folder and tells how that ended and all that it printed. */
function node(...args: string[]): Promise<{ ending: string; output: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, args, { cwd: folder, timeout: DEADLINE }, (error, stdout, stderr) => {
      const ending = error?.killed ? `still running after ${DEADLINE} ms` : `exit code ${error?.code ?? 0}`
      resolve({ ending, output: stdout + stderr })
    })
  })
}

describe('the documentation', () => {
  it(`type-checks: ${blocks.length} blocks`, { timeout: 60_000 }, async () => {
    if (blocks.length === 0) return
    const compiler = join(root, 'node_modules/typescript7/bin/tsc')
    const { output } = await node(compiler, '--noEmit', '--pretty', 'false', '--project', folder)
    // docs/guide.md/L12.ts(14,3) is line 14 of docs/guide.md.
    expect(output.replace(/\.md\/[\w.-]+\.ts\((\d+),\d+\)/g, '.md:$1').trim()).toBe('')
  })

  it.each(programs.map((block) => [`${block.page}:${block.line}`, block] as const))(
    'runs %s',
    { timeout: DEADLINE + 5_000 },
    async (_name, block) => {
      const { ending, output } = await node('--import', 'tsx', '--conditions=@linkspan/source', pathOf(block))
      expect(ending, output).toBe('exit code 0')
    },
  )
})
