export function excerpt(text: string, nameOf: (id: string) => string | undefined): string;
