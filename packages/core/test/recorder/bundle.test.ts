import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { describe, expect, it } from 'vitest'

const folder = fileURLToPath(new URL('../..', import.meta.url))
/** Words that only the recorder has. */
const OWN = ['turned-away', 'slow-consumer', 'closedBytes', 'that waited for it']

/** What only modules of the recorder define by name. */
function namesOfItsOwn(): readonly string[] {
  const own = new Set<string>()
  const others = new Set<string>()
  for (const file of readdirSync(join(folder, 'src'), { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.ts')) continue
    const text = readFileSync(join(folder, 'src', file), 'utf8')
    const names = text.matchAll(/^(?:export )?(?:const|function|class) (\w+)/gm)
    for (const [, name = ''] of names) (file.startsWith('recorder') ? own : others).add(name)
  }
  return [...own].filter((name) => !others.has(name))
}

/** A bundle of what a program takes of the package: its text, and the modules of the recorder that are in it. */
async function bundle(
  contents: string,
): Promise<{ readonly text: string; readonly modules: readonly string[] }> {
  const { outputFiles, metafile } = await build({
    stdin: { contents, resolveDir: folder, loader: 'ts' },
    bundle: true,
    format: 'esm',
    platform: 'neutral',
    external: ['eventemitter3'],
    metafile: true,
    write: false,
  })
  const [output] = Object.values(metafile.outputs)
  const modules = Object.entries(output?.inputs ?? {}).flatMap(([file, { bytesInOutput }]) =>
    file.includes('/recorder/') && bytesInOutput > 0 ? [file.replace(/^.*\/recorder\//, '')] : [],
  )
  return { text: outputFiles[0]?.text ?? '', modules }
}

describe('a bundle', () => {
  it('of an application without a recorder has none of it', async () => {
    const { text, modules } = await bundle("export { linkspan } from './src/index.js'")
    expect(modules).toEqual([])
    expect(OWN.filter((word) => text.includes(word))).toEqual([])
  })

  it('of one with a recorder has it', async () => {
    const { text, modules } = await bundle("export { flightRecorder, linkspan } from './src/index.js'")
    expect(modules).toEqual(expect.arrayContaining(['book.ts', 'flight.ts', 'sentence.ts']))
    expect(OWN.filter((word) => !text.includes(word))).toEqual([])
  })

  it('made of the package as it is published, which is one file, has none of it either', async () => {
    const { text: published } = await bundle("export * from './src/index.js'")
    expect(OWN.filter((word) => !published.includes(word))).toEqual([])
    const { outputFiles } = await build({
      stdin: { contents: "export { linkspan } from 'published'", resolveDir: folder },
      bundle: true,
      format: 'esm',
      platform: 'neutral',
      external: ['eventemitter3'],
      write: false,
      plugins: [
        {
          name: 'published',
          setup: ({ onLoad, onResolve }) => {
            onResolve({ filter: /^published$/ }, ({ path }) => ({
              path,
              namespace: 'published',
              sideEffects: false,
            }))
            onLoad({ filter: /.*/, namespace: 'published' }, () => ({
              contents: published,
              resolveDir: folder,
            }))
          },
        },
      ],
    })
    const text = outputFiles[0]?.text ?? ''
    expect(text).toMatch(/\bLinkspan = class\b/)
    expect(OWN.filter((word) => text.includes(word))).toEqual([])
    // Nor what is made of anything when its module is.
    const defined = namesOfItsOwn().filter((name) =>
      new RegExp(`^\\s*(?:var|function) ${name}\\b`, 'm').test(text),
    )
    expect(defined).toEqual([])
    expect(namesOfItsOwn()).toEqual(expect.arrayContaining(['Flight', 'KIND_BITS', 'sentenceOf']))
  })
})
