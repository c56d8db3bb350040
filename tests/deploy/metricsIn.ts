/** A metric as an expression of PromQL names it, with the labels and values that it is asked for. */
export interface MetricUse {
  readonly metric: string;
  readonly labels: readonly { readonly name: string; readonly values: readonly string[] }[];
}

const keywords = /^(and|or|unless|by|without|on|ignoring|group_left|group_right|bool|offset)$/;

/** All metrics that an expression uses, and the labels that it groups by: https://prometheus.io/docs/prometheus/latest/querying/basics/ */
export function metricsIn(expression: string): { uses: MetricUse[]; grouping: string[] } {
  const grouping: string[] = [];
  const rest = expression.replace(/\b(by|without|on|ignoring)\s*\(([^)]*)\)/g, (_, _word, labels: string) => {
    grouping.push(...labels.split(',').map((label) => label.trim()));
    return ' ';
  });
  // A name, and either its labels in braces, or what tells a function: a parenthesis behind it.
  const names = rest.matchAll(/([a-zA-Z_:][\w:]*)\s*(?:\{([^}]*)\}|(\())?|\[[^\]]*\]|"[^"]*"|\d+\w*/g);
  const uses = [...names].flatMap(([, metric, labels = '', isFunction]): MetricUse[] =>
    metric === undefined || isFunction || keywords.test(metric) ? [] : [{ metric, labels: toLabels(labels) }],
  );
  return { uses, grouping };
}

const toLabels = (text: string): MetricUse['labels'] =>
  [...text.matchAll(/(\w+)\s*(?:=~|!~|!=|=)\s*"([^"]*)"/g)].map(([, name = '', value = '']) => ({
    name,
    values: value.split('|'),
  }));
