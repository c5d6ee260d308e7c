import { Explanation, type Recording } from '@linkspan/core'
import type { ConnectOptions } from '../peer.js'

/**
 * What a test is written with.
 *
 * @example
 * const options: ToTestOptions = { app: '../src/app.js', name: 'makeApp', connect: { path: '/chat?token=test' } }
 */
export interface ToTestOptions {
  /** The module that has the application, as the test imports it. */
  readonly app: string
  /** What it exports it as: what `replay` takes. Default: `'app'`. */
  readonly name?: string
  /** Default: `'vitest'`. */
  readonly runner?: 'vitest' | 'node'
  /** What the client asks for: as `replay` takes it. */
  readonly connect?: Omit<ConnectOptions, 'early'>
  /** What it says, in order. Default: fillers of the size that the messages had. */
  readonly messages?: readonly string[]
}

/**
 * Writes a recording out as a test: the source of a module which runs as it is, in TypeScript with vitest, or in JavaScript
 * with `node:test`.
 *
 * @example
 * await writeFile('test/slow-reader.test.ts', toTest(recording, { app: '../src/app.js' }))
 */
export function toTest(recording: Recording, options: ToTestOptions): string {
  const { app, name = 'app', runner = 'vitest', connect, messages } = options
  const given = [
    ...(connect === undefined ? [] : [`connect: ${JSON.stringify(connect)}`]),
    ...(messages === undefined ? [] : [`message: (number) => ${JSON.stringify(messages)}[number]`]),
  ]
  const parts: Parts = {
    recording: JSON.stringify(recording, undefined, 2),
    name,
    from: quoted(app),
    title: quoted(new Explanation(recording).sentence),
    call: `replay(${[name, 'recording', ...(given.length === 0 ? [] : [`{ ${given.join(', ')} }`])].join(', ')})`,
  }
  return runner === 'vitest' ? forVitest(parts) : forNode(parts)
}

/** Pieces of source. */
interface Parts {
  readonly recording: string
  readonly name: string
  readonly from: string
  readonly title: string
  readonly call: string
}

function forVitest({ recording, name, from, title, call }: Parts): string {
  return `import type { Recording } from '@linkspan/core'
import { replay } from '@linkspan/testing'
import { expect, test } from 'vitest'
import { ${name} } from ${from}

const recording: Recording = ${recording}

test(${title}, async () => {
  const { differences } = await ${call}
  expect(differences).toEqual([])
})
`
}

/** Node 20 runs what has no types. */
function forNode({ recording, name, from, title, call }: Parts): string {
  return `import assert from 'node:assert/strict'
import { test } from 'node:test'
import { replay } from '@linkspan/testing'
import { ${name} } from ${from}

/** @type {import('@linkspan/core').Recording} */
const recording = ${recording}

test(${title}, async () => {
  const { differences } = await ${call}
  assert.deepEqual(differences, [])
})
`
}

/** As a literal in single quotes, whatever is in it. */
function quoted(text: string): string {
  return `'${JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`
}
