// `pnpm test:node 24`: the test suite under another version of Node, taken from the npm package `node`.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fail, root, run } from './workspace.js'

const [version, ...args] = process.argv.slice(2)
if (!version || !/^\d+(\.\d+){0,2}$/.test(version)) {
  fail('Which version of Node? For example: pnpm test:node 24')
}

// npm warns about every setting that only pnpm knows.
const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('npm_')))
const node = ['--yes', `--package=node@${version}`, '--', 'node']

const { output } = await run('npx', [...node, '--version'], { env, quiet: true })
const actual = /^v(\d+)\.\d+\.\d+$/m.exec(output)
if (actual?.[1] !== version.split('.')[0]) fail(`Node ${version} could not be had:\n${output}`)
console.log(`Node ${actual?.[0]}`)

const vitest = join(root, 'node_modules/vitest/vitest.mjs')
// What `pnpm test` runs.
const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  scripts: { test: string }
}
const [, ...words] = scripts.test.split(' ')
const { code } = await run('npx', [...node, vitest, ...words, ...args], { env })
process.exitCode = code
