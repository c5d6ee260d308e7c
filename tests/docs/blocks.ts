import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** A ```` ```ts ```` block of a page, as a module that stands on the page's own line numbers. */
export interface Block {
  /** The page, relative to the repository: `docs/guide.md`. */
  readonly page: string
  /** The line of the page on which the block's first line of code stands, from 1. */
  readonly line: number
  /** The module's file name: `L12.ts`, or the name the block gives itself with `[app.ts]`. */
  readonly file: string
  readonly code: string
  /** Whether the block is a program to be run. */
  readonly run: boolean
}

/** The pages whose code is checked: README.md, CONTRIBUTING.md, all under docs, and the packages' own. */
export function pages(root: string): string[] {
  const under = (folder: string) => readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
  const docs = under('docs').map((file) => join('docs', file))
  const own = ['packages', 'examples'].flatMap((folder) =>
    readdirSync(join(root, folder)).map((each) => join(folder, each, 'README.md')),
  )
  return ['README.md', 'CONTRIBUTING.md', 'SECURITY.md', ...docs, ...own]
    .filter((file) => file.endsWith('.md') && existsSync(join(root, file)))
    .sort()
}

/** Reads the blocks of one page. */
export function blocksOf(root: string, page: string): Block[] {
  return parseBlocks(page, readFileSync(join(root, page), 'utf8'))
}

/** Finds the blocks in a page's text. Throws where a preamble or a fence is not closed, or an info word is unknown. */
export function parseBlocks(page: string, text: string): Block[] {
  const lines = text.split('\n')
  const blocks: Block[] = []
  let module = blank(lines)
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at] ?? ''
    const preamble = /^<!-- preamble:(.*?)(-->)?$/.exec(line.trimEnd())
    if (preamble) {
      module = blank(lines)
      const end = preamble[2] ? at : findFrom(lines, at + 1, /-->\s*$/, `${page}:${at + 1}: the preamble`)
      module[at] = preamble[1] ?? ''
      for (let inside = at + 1; inside <= end; inside += 1) {
        module[inside] = (lines[inside] ?? '').replace(/-->\s*$/, '')
      }
      at = end
      continue
    }
    const fence = /^(\s*)(`{3,}|~{3,})(.*)$/.exec(line)
    if (!fence) continue
    const [, indent = '', marks = '', info = ''] = fence
    const closing = new RegExp(`^\\s*${marks}\\s*$`)
    const end = findFrom(lines, at + 1, closing, `${page}:${at + 1}: the code block`)
    const [, language, rest = ''] = /^\s*(\w*)(.*)$/.exec(info) ?? []
    // What VitePress reads there too: highlighted lines, line numbers.
    const words = rest
      .replace(/\{.*?\}|:\S+/g, ' ')
      .split(/\s+/)
      .filter(Boolean)
    if (language === 'ts' || language === 'typescript') {
      const body = lines
        .slice(at + 1, end)
        .map((each) => (each.startsWith(indent) ? each.slice(indent.length) : each))
      module.splice(at + 1, body.length, ...body)
      if (words.includes('fragment')) wrap(module, at, end)
      blocks.push(block(page, at + 2, words, module.join('\n')))
    }
    module = blank(lines)
    at = end
  }
  return blocks
}

function block(page: string, line: number, words: readonly string[], code: string): Block {
  const unknown = words.filter((word) => !/^(fragment|run|\[[\w.-]+\.ts\])$/.test(word))
  if (unknown.length > 0) throw new Error(`${page}:${line - 1}: what is \`${unknown.join(' ')}\`?`)
  const name = words.find((word) => word.startsWith('['))?.slice(1, -1)
  return { page, line, file: name ?? `L${line}.ts`, code, run: words.includes('run') }
}

/** Puts the body of a fragment, but for the imports at its top, into an async function. */
function wrap(module: string[], fence: number, end: number): void {
  let first = fence
  for (let at = fence + 1; at < end; at += 1) {
    if (/^(import\b.*|\} from .*)['"]\s*;?\s*$/.test(module[at] ?? '')) first = at
  }
  module[first] = `${module[first] ?? ''};export async function fragment() {`
  module[end] = '}'
}

/** As many empty lines as the page has, and a mark that makes the file a module. */
function blank(lines: readonly string[]): string[] {
  return [...lines.map(() => ''), 'export {}']
}

function findFrom(lines: readonly string[], start: number, pattern: RegExp, what: string): number {
  const found = lines.findIndex((line, at) => at >= start && pattern.test(line))
  if (found === -1) throw new Error(`${what} does not end`)
  return found
}
