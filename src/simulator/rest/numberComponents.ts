import type { APIMessageTopLevelComponent } from 'discord.js';

type Component = { id?: number | undefined; components?: Component[] | undefined };

/** Gives every component of a message the number that the bot left out: https://discord.com/developers/docs/components/reference#anatomy-of-a-component */
export function numberComponents(components: readonly APIMessageTopLevelComponent[]): APIMessageTopLevelComponent[] {
  const taken = new Set<number>();
  visit(components as readonly Component[], ({ id }) => id && taken.add(id));
  const copies = structuredClone(components) as unknown as Component[];
  let next = 0;
  visit(copies, (component) => {
    if (component.id) return;
    do next += 1;
    while (taken.has(next));
    component.id = next;
  });
  return copies as APIMessageTopLevelComponent[];
}

function visit(components: readonly Component[], act: (component: Component) => void): void {
  for (const component of components) {
    // The newer components come unchecked.
    if (typeof component !== 'object' || component === null) continue;
    act(component);
    if (Array.isArray(component.components)) visit(component.components, act);
  }
}
