import { everywhere } from '../../../tests/everywhere.js'
import { chapter } from './chapters/renewal.js'

everywhere('renewal', [chapter])
