// What docs/reliability.md says of `pnpm mutate`.

import { figuresOf, table, told } from './figures.js'
import { CATEGORIES, explainer, type Mutations } from './mutations.js'

/** What changes of the core's source its own tests notice; nothing where that was not asked yet. */
export function tellMutations(): readonly string[] {
  type Figures = Mutations & {
    readonly stryker: string
    readonly minutes: number
    readonly leftOut: readonly string[]
  }
  if (figuresOf<Figures>('mutation') === undefined) return []
  const section = told<Figures>('## Mutations', 'mutation', (figures) => {
    const { score, killed, timeout, survived, uncovered, files, survivors, leftOut } = figures
    const because = explainer()
    const among = (name: string | undefined): number =>
      survivors.filter((survivor) => because(survivor) === name).length
    return [
      [
        `Stryker ${figures.stryker} changed the source of the core in ${(killed + timeout + survived + uncovered).toLocaleString('en')} small ways, one at a time, and the core's own tests ran each`,
        `time: **${score} %** of the changes were noticed, by a test that failed or by one that did not end. Left out were`,
        `${leftOut.map((file) => `\`${file.replace('packages/core/test/', '')}\``).join(', ')}; and what reads docs/errors.md could not run.`,
        `The core is that of the run, before \`packages/core/src/cluster\` existed: nothing here is about that. It took ${figures.minutes} minutes, at low`,
        'priority on a machine that was busy with other things, which may have made more of the changes run out of time.',
      ].join('\n'),
      table(
        ['file', 'noticed', 'failed a test', 'did not end', 'survived', 'not covered'],
        files.map((file) => [
          `\`${file.file}\``,
          `${file.score} %`,
          file.killed,
          file.timeout,
          file.survived,
          file.uncovered,
        ]),
      ),
      'Why the others were not, as far as somebody has looked:',
      table(
        ['reason', 'how many'],
        [
          ...Object.entries(CATEGORIES).map(([name, why]) => [why, among(name)] as const),
          ['**not explained**', among(undefined)],
        ],
      ),
    ]
  })
  return [section]
}
