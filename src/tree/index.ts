/**
 * Trees of values: take apart, put together, map, zip, split and join.
 *
 * @module lanac/tree
 */
export {
  checkStructure,
  combine,
  Foldable,
  Functor,
  flatten,
  isLeaf,
  type Leaf,
  map,
  mapLeaves,
  partition,
  pathsOf,
  reduceLeaves,
  type Structure,
  sameStructure,
  showStructure,
  Traversable,
  type Tree,
  URI,
  unflatten,
  zipLeaves,
} from './tree.js'
