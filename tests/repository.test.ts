// What the repository's files must not have: paths and hosts of the machine they were written on, unfinished work,
// silenced compilers, and tests that keep others from running.

import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

interface Ban {
  readonly what: string
  readonly pattern: RegExp
  /** Where it is allowed: generated files, and this one. */
  readonly except: readonly string[]
}

const SELF = 'tests/repository.test.ts'
const LOCKFILE = 'pnpm-lock.yaml'

const bans: readonly Ban[] = [
  { what: "a machine's path", pattern: /(?<![\w.$}/-])\/(?:work|root|home\/\w+|tmp\/\w+)\//, except: [SELF] },
  {
    what: "a registry's host",
    pattern:
      /https?:\/\/[\w.:-]*(?:registry|artifactory|nexus|verdaccio|proxy|mirror)[\w.:-]*|\b_authToken\b|^(?:@[\w-]+:)?registry\s*=|\btarball:\s*http/i,
    except: [SELF],
  },
  { what: 'unfinished work', pattern: /\b(?:TODO|FIXME|XXX)\b/, except: [SELF, LOCKFILE] },
  { what: 'a test that runs alone', pattern: /(?<!\.)\.only\b\s*[.(]/, except: [SELF] },
  { what: 'a silenced compiler', pattern: /@ts-(?:ignore|nocheck)\b/, except: [SELF] },
]

const root = fileURLToPath(new URL('..', import.meta.url))

/** What git tracks, and what it would when asked to add everything. */
function filesOf(folder: string): string[] {
  const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: folder,
    encoding: 'utf8',
  })
  return listed.split('\0').filter((file) => file !== '' && existsSync(join(folder, file)))
}

function findings(
  { pattern, except }: Ban,
  files: readonly (readonly [file: string, text: string])[],
): string[] {
  return files
    .filter(([file]) => !except.includes(file))
    .flatMap(([file, text]) =>
      text
        .split('\n')
        .flatMap((line, at) => (pattern.test(line) ? [`${file}:${at + 1}: ${line.trim()}`] : [])),
    )
}

describe('the repository', () => {
  const texts = filesOf(root)
    .map((file) => [file, readFileSync(join(root, file), 'latin1')] as const)
    .filter(([, text]) => !text.includes('\0'))

  it('is read whole', () => {
    expect(texts.map(([file]) => file)).toEqual(
      expect.arrayContaining(['README.md', SELF, '.ci/run', LOCKFILE]),
    )
  })

  it.each(bans.map((ban) => [ban.what, ban] as const))('has nowhere %s', (_what, ban) => {
    expect(findings(ban, texts)).toEqual([])
  })

  it.each(bans.map((ban) => [ban.what, ban] as const))('would find %s', (_what, ban) => {
    expect(findings(ban, [['sample', SAMPLES]])).toHaveLength(1)
  })
})

const SAMPLES = [
  'cd /home/somebody/linkspan',
  'registry=https://registry.example/npm/',
  '// TODO: later',
  "it.only('alone', () => {})",
  '// @ts-ignore',
].join('\n')
