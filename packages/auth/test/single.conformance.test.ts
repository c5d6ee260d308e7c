import { everywhere } from '../../../tests/everywhere.js'
import { chapter } from './chapters/single.js'

everywhere('single', [chapter])
