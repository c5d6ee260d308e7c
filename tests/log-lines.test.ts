// Every line that a package writes beside the application's own is in the second table of docs/logs.md, and every row of it
// is written somewhere: found in the sources, whatever tests may reach.

import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))

/** The methods that write a line, of loggers and of `Log`, and the level of each; `threw` has its event in itself. */
const LEVELS = new Map(
  Object.entries({
    trace: 'trace',
    debug: 'debug',
    info: 'info',
    warn: 'warn',
    insist: 'warn',
    error: 'error',
    threw: 'error',
    fatal: 'fatal',
  }),
)

/** What has such methods and is no log of ours: what is called so, and where. */
const OTHERS: readonly (readonly [receiver: string, file: string])[] = [
  ['console', 'packages/core/src/ports/logger.ts'],
  ['journal', 'packages/core/src/runtime.ts'],
  ['journal', 'packages/core/src/observation.ts'],
  // OpenTelemetry's own diagnostics, whose lines have no fields.
  ['diag', 'packages/otel/src/collection.ts'],
]

/** Where lines are handed to a logger: nowhere else is one called. */
const WRITER = 'packages/core/src/lines.ts'

interface Line {
  readonly event: string
  readonly level: string
  readonly fields: readonly string[]
  readonly at: string
}

interface Found {
  readonly lines: readonly Line[]
  readonly complaints: readonly string[]
}

/** The lines that a source writes, and what is wrong about them. */
function linesOf(file: string, text: string): Found {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true)
  const lines: Line[] = []
  const complaints: string[] = []
  const look = (node: ts.Node): void => {
    if (ts.isCallExpression(node)) call(node)
    ts.forEachChild(node, look)
  }
  const call = (node: ts.CallExpression): void => {
    const { line } = source.getLineAndCharacterOfPosition(node.getStart())
    const at = `${file}:${line + 1}`
    const callee = ts.isNonNullExpression(node.expression) ? node.expression.expression : node.expression
    if (ts.isElementAccessExpression(callee)) {
      if (/log(ger)?$/i.test(callee.expression.getText()) && file !== WRITER)
        complaints.push(`${at}: a level that is worked out`)
      return
    }
    if (!ts.isPropertyAccessExpression(callee)) return
    const level = LEVELS.get(callee.name.text)
    if (level === undefined) return
    const receiver = callee.expression.getText().split('.').at(-1)?.replace('#', '') ?? ''
    if (OTHERS.some(([name, where]) => name === receiver && where === file)) return
    if (file === 'packages/core/src/log.ts' && ['this', 'logger'].includes(receiver)) {
      if (receiver === 'this') lines.push(...written(node, level, at))
      return
    }
    if (receiver !== 'log') {
      complaints.push(`${at}: ${receiver}.${callee.name.text}() is no call of a Log`)
      return
    }
    // `Log` itself writes what that is about.
    if (callee.name.text === 'threw') return
    lines.push(...written(node, level, at))
  }
  const written = ({ arguments: given }: ts.CallExpression, level: string, at: string): Line[] => {
    const [event, , fields] = given
    if (event === undefined || !ts.isStringLiteral(event)) {
      complaints.push(`${at}: its event is not written out`)
      return []
    }
    return [{ event: event.text, level, fields: fieldsOf(fields), at }]
  }
  /** The names of an object that is written out, there or as a constant of this file. */
  const fieldsOf = (node: ts.Node | undefined): string[] => {
    if (node === undefined) return []
    if (ts.isIdentifier(node)) return fieldsOf(constants.get(node.text))
    if (!ts.isObjectLiteralExpression(node)) return []
    return node.properties.flatMap(({ name }) => (name === undefined ? [] : [name.getText()]))
  }
  const constants = new Map<string, ts.Node>()
  const collect = (node: ts.Node): void => {
    if (ts.isVariableDeclaration(node) && ts.isIdentifier(node.name) && node.initializer !== undefined)
      constants.set(node.name.text, node.initializer)
    ts.forEachChild(node, collect)
  }
  collect(source)
  look(source)
  return { lines, complaints }
}

/** Of the packages that are shipped: those of `testing` stand in for applications. */
const found = readdirSync(`${root}/packages`)
  .filter((id) => id !== 'testing')
  .flatMap((id) =>
    readdirSync(`${root}/packages/${id}/src`, { recursive: true, encoding: 'utf8' }).map(
      (file) => `packages/${id}/src/${file}`,
    ),
  )
  .filter((file) => file.endsWith('.ts'))
  .map((file) => linesOf(file, readFileSync(`${root}/${file}`, 'utf8')))
const lines = found.flatMap((each) => each.lines)

const page = readFileSync(`${root}/docs/logs.md`, 'utf8')

/** The rows of the table that is headed so, each with its cells. */
function rowsOf(heading: string): string[][] {
  const [, table = ''] = page.split(`${heading}\n`)
  const rows = table.split('\n\n')[0]?.trim().split('\n').slice(1) ?? []
  return rows.map((row) =>
    row
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  )
}

const namesIn = (cell = ''): string[] => [...cell.matchAll(/`([\w.-]+)`/g)].map(([, name = '']) => name)

const table = new Map(
  rowsOf('| `event` | whose | level | when | fields, beside `event` |').map(
    ([event = '', whose, levels = '', , fields]) =>
      [namesIn(event)[0] ?? '', { whose, levels: levels.split(', '), fields: namesIn(fields) }] as const,
  ),
)

describe('the lines beside an application', () => {
  it('go through a Log, which bounds them, and no logger is called past it', () => {
    expect(found.flatMap(({ complaints }) => complaints)).toEqual([])
  })

  it('are in the table of docs/logs.md, each with its level; and no row is of a line that nobody writes', () => {
    const levels: Record<string, string[]> = {}
    for (const { event, level } of lines)
      levels[event] = [...new Set([...(levels[event] ?? []), level])].sort()
    const told = [...table].map(([event, row]) => [event, [...row.levels].sort()])
    expect(levels).toEqual(Object.fromEntries(told))
    expect(table.size).toBeGreaterThan(10)
  })

  it('have fields that their rows name, and that are explained', () => {
    const explained = new Set(rowsOf('| field | what |').flatMap(([names]) => namesIn(names)))
    for (const { event, fields, at } of lines) {
      const row = table.get(event)?.fields ?? []
      expect([at, fields.filter((field) => !row.includes(field))]).toEqual([at, []])
    }
    const unexplained = [...table.values()].flatMap(({ fields }) =>
      fields.filter((field) => !explained.has(field)),
    )
    expect(unexplained).toEqual([])
  })

  it('are those of the packages that the table says', () => {
    for (const { event, at } of lines) {
      const whose = at.split('/')[1]
      expect([at, table.get(event)?.whose]).toEqual([at, whose === 'core' ? 'all of them' : whose])
    }
  })

  it('have errors as `err`, as pino writes them', () => {
    expect(lines.filter(({ fields }) => fields.includes('error')).map(({ at }) => at)).toEqual([])
    expect(lines.filter(({ fields }) => fields.includes('err')).length).toBeGreaterThan(3)
  })
})

describe('the search for lines', () => {
  it.each([
    ["logger.error({ error: 'no' }, 'no')", 'x.ts:1: logger.error() is no call of a Log'],
    ["this.#options.logger.warn({ event: 'a.b' }, 'no')", 'x.ts:1: logger.warn() is no call of a Log'],
    ["options.logger[level]({}, 'no')", 'x.ts:1: a level that is worked out'],
    ["console.info('no')", 'x.ts:1: console.info() is no call of a Log'],
    ['log.info(event, message)', 'x.ts:1: its event is not written out'],
  ])('complains of %s', (text, complaint) => {
    expect(linesOf('x.ts', text)).toEqual({ lines: [], complaints: [complaint] })
  })

  it('finds the event, the level and the fields of a line', () => {
    const text =
      "const said = { a, b: 1 }\nthis.#log.insist('x.y', 'text', said)\nlog.info('x.z', 'text', { c })"
    expect(linesOf('x.ts', text)).toEqual({
      lines: [
        { event: 'x.y', level: 'warn', fields: ['a', 'b'], at: 'x.ts:2' },
        { event: 'x.z', level: 'info', fields: ['c'], at: 'x.ts:3' },
      ],
      complaints: [],
    })
  })
})
