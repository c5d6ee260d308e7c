// What Stryker's report says, in figures; and why a change that no test notices is none that one should.

import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './workspace.js'

/** As much of Stryker's JSON report (mutation-testing-report-schema) as is read here. */
export interface MutationReport {
  readonly files: Readonly<Record<string, { readonly source: string; readonly mutants: readonly Mutant[] }>>
}

interface Place {
  readonly line: number
  readonly column: number
}

interface Mutant {
  readonly mutatorName: string
  readonly replacement?: string
  readonly location: { readonly start: Place; readonly end: Place }
  readonly status: string
}

/** A change that no test noticed. */
export interface Survivor {
  /** Within packages/core/src. */
  readonly file: string
  readonly line: number
  /** What kind of change it is, in Stryker's words. */
  readonly mutator: string
  /** The source that was changed, on one line and cut. */
  readonly original: string
  readonly replacement: string
  /** Whether no test ran it at all. */
  readonly uncovered: boolean
}

/** How many mutants of a file there were, and what became of them. */
export interface Mutated {
  /** Of those that count, how many were noticed, in percent with one digit. */
  readonly score: number
  readonly killed: number
  readonly timeout: number
  readonly survived: number
  readonly uncovered: number
}

/** What came of all. */
export interface Mutations extends Mutated {
  readonly files: readonly (Mutated & { readonly file: string })[]
  readonly survivors: readonly Survivor[]
}

/** Survivors that somebody has looked at, one by one: docs/data/reliability/survivors.json. */
interface LookedAt {
  readonly file: string
  /** Default: any. Only where the same change in two lines means two things. */
  readonly line?: number
  readonly mutator: string
  readonly original: string
  /** Default: any. */
  readonly replacement?: string
  /** The name of a category. */
  readonly because: string
}

/** Why a survivor is no hole in the tests. */
export const CATEGORIES: Readonly<Record<string, string>> = {
  words: 'only the words of an error, a log line or a reason differ: codes are tested, prose is not',
  equivalent: 'the changed program does the same: no test could tell them apart',
  performance: 'only how fast it is differs: a shortcut that is not taken, a cache that is not kept',
  defence: 'a guard against what cannot happen while everything else is right',
  elsewhere: 'noticed by tests that are left out here, or that could not run in the copy that is changed',
  threshold: 'only one value differs, at a threshold that is itself a guess',
  memory: 'only how long something can be reached differs, not what it does',
  closed: 'a hole in the tests: one was written for it since, which fails with this change',
}

/** The figures in a report. */
export function mutationsIn(report: MutationReport): Mutations {
  const entries = Object.entries(report.files).map(([path, { source, mutants }]) => ({
    file: path.replace(/^.*packages\/core\/src\//, ''),
    lines: source.split('\n'),
    mutants,
  }))
  return {
    ...counted(entries.flatMap(({ mutants }) => mutants)),
    files: entries
      .map(({ file, mutants }) => ({ file, ...counted(mutants) }))
      .filter(({ killed, timeout, survived, uncovered }) => killed + timeout + survived + uncovered > 0)
      .sort((one, other) => one.file.localeCompare(other.file, 'en')),
    survivors: entries.flatMap(({ file, lines, mutants }) =>
      mutants
        .filter(({ status }) => status === 'Survived' || status === 'NoCoverage')
        .map((mutant) => survivorOf(file, lines, mutant)),
    ),
  }
}

function counted(mutants: readonly Mutant[]): Mutated {
  const of = (status: string): number => mutants.filter((mutant) => mutant.status === status).length
  const [killed, timeout, survived, uncovered] = [
    of('Killed'),
    of('Timeout'),
    of('Survived'),
    of('NoCoverage'),
  ]
  const all = killed + timeout + survived + uncovered
  const score = all === 0 ? 100 : Math.round(((killed + timeout) / all) * 1_000) / 10
  return { score, killed, timeout, survived, uncovered }
}

function survivorOf(
  file: string,
  lines: readonly string[],
  { location: { start, end }, mutatorName, replacement = '', status }: Mutant,
): Survivor {
  const part = lines.slice(start.line - 1, end.line)
  const last = part.length - 1
  part[last] = (part[last] ?? '').slice(0, end.column - 1)
  part[0] = (part[0] ?? '').slice(start.column - 1)
  return {
    file,
    line: start.line,
    mutator: mutatorName,
    original: onOneLine(part.join('\n')),
    replacement: onOneLine(replacement),
    uncovered: status === 'NoCoverage',
  }
}

function onOneLine(source: string): string {
  return source.replace(/\s+/g, ' ').trim().slice(0, 120)
}

/** The category of a survivor, in a function that has read what somebody has found out; `undefined`: not explained. */
export function explainer(): (survivor: Survivor) => string | undefined {
  const lookedAt = readLookedAt()
  return (survivor) => lookedAt.find((each) => isAbout(each, survivor))?.because ?? categoryOf(survivor)
}

function isAbout({ file, line, mutator, original, replacement }: LookedAt, survivor: Survivor): boolean {
  return (
    file === survivor.file &&
    (line === undefined || line === survivor.line) &&
    mutator === survivor.mutator &&
    original === survivor.original &&
    (replacement === undefined || replacement === survivor.replacement)
  )
}

/** What can be told without looking: a text of several words is for people. */
function categoryOf({ mutator, original }: Survivor): string | undefined {
  return mutator === 'StringLiteral' && /[a-z]+[ ,.:]+\S*[a-z]/i.test(original) ? 'words' : undefined
}

function readLookedAt(): readonly LookedAt[] {
  const file = join(root, 'docs/data/reliability/survivors.json')
  if (!existsSync(file)) return []
  const all = JSON.parse(readFileSync(file, 'utf8')) as readonly LookedAt[]
  for (const { file: where, because } of all) {
    if (!(because in CATEGORIES))
      throw new Error(`survivors.json: there is no category '${because}' (${where})`)
  }
  return all
}
