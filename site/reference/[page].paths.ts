import { generatePages, type GeneratedPage } from '../generated-pages.ts';

/** Routes of the generated pages, for VitePress. */
interface Routes {
  paths(): readonly { readonly params: { readonly page: string }; readonly content: string }[];
}

const routes: Routes = {
  paths: () => generatePages().map(({ name, text }: GeneratedPage) => ({ params: { page: name }, content: text })),
};

export default routes;
