// `pnpm simulate`: random schedules and faults from a seed, with the invariants checked after each step.

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { launch } from './launch.js'
import { fail, root } from './workspace.js'

const program = join(root, 'simulation/run.ts')
if (!existsSync(program))
  fail('There is no simulator yet: it will arrive as simulation/run.ts. Nothing was simulated.')
launch(program)
