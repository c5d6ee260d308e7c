import { describe, expect, it } from 'vitest'
import { parseBlocks } from './blocks.js'

const page = (...lines: string[]) => parseBlocks('page.md', lines.join('\n'))
const lineOf = (code: string | undefined, text: string) => (code ?? '').split('\n').indexOf(text) + 1

describe('code blocks of a page', () => {
  it('keep the line numbers of the page', () => {
    const [block] = page('# Title', '', '```ts', 'const a = 1', '```')
    expect(block).toMatchObject({ page: 'page.md', line: 4, file: 'L4.ts', run: false })
    expect(lineOf(block?.code, 'const a = 1')).toBe(4)
  })

  it('are only those in TypeScript', () => {
    expect(page('```sh', 'ls', '```', '```', '```ts', '```', '````md', '```ts', '```', '````')).toEqual([])
  })

  it('take a preamble that stands before them, and only the next block does', () => {
    const [first, second] = page(
      '<!-- preamble:',
      'declare const a: 1',
      '-->',
      '```ts',
      'a',
      '```',
      '```ts',
      'b',
      '```',
    )
    expect(lineOf(first?.code, 'declare const a: 1')).toBe(2)
    expect(lineOf(first?.code, 'a')).toBe(5)
    expect(second?.code).not.toContain('declare')
  })

  it('take a preamble of one line', () => {
    const [block] = page('<!-- preamble: declare const a: 1 -->', '', '```ts', 'a', '```')
    expect(lineOf(block?.code, ' declare const a: 1 ')).toBe(1)
  })

  it('are wrapped into a function below their imports when they are fragments', () => {
    const [block] = page('```ts fragment', "import { a } from 'a'", 'await a()', '```')
    expect(block?.code.split('\n').slice(1, 4)).toEqual([
      "import { a } from 'a';export async function fragment() {",
      'await a()',
      '}',
    ])
  })

  it('may name their file and ask to be run', () => {
    expect(page('```ts run [app.ts]', 'a', '```')[0]).toMatchObject({ file: 'app.ts', run: true })
  })

  it("may carry VitePress's own marks", () => {
    expect(page('```ts{1,3-4}:line-numbers=2 [app.ts] {5}', 'a', '```')[0]).toMatchObject({ file: 'app.ts' })
  })

  it('may stand indented in a list', () => {
    const [block] = page('- so:', '  ```ts', '  a', '  ```')
    expect(lineOf(block?.code, 'a')).toBe(3)
  })

  it('are refused when they use a word nobody knows, or do not end', () => {
    expect(() => page('```ts runn', 'a', '```')).toThrow('page.md:1: what is `runn`?')
    expect(() => page('```ts', 'a')).toThrow('page.md:1: the code block does not end')
    expect(() => page('<!-- preamble:', 'a')).toThrow('page.md:1: the preamble does not end')
  })
})
