/**
 * Joins operands of an associative operator as a balanced tree in parentheses: both engines recurse as deep as an expression
 * is nested, and FTS5 takes quadratic time over a long flat one.
 */
export function balanced(operands: readonly string[], operator: string): string {
  if (operands.length <= 1) return operands[0] ?? "";
  const middle = operands.length >> 1;
  return `(${balanced(operands.slice(0, middle), operator)} ${operator} ${balanced(operands.slice(middle), operator)})`;
}
