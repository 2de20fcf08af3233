/**
 * Installs what the benchmarks compare with (bench/package.json), unless it is there already. Without a registry the
 * benchmarks run all the same, and leave the peers out.
 */
import { install } from './install.js'

if (!install('bench')) console.error('the peers of bench/package.json could not be installed')
