import { ApolloClient, gql, HttpLink, InMemoryCache } from '@apollo/client';
import { MutationObserver as Mutation, QueryClient } from '@tanstack/query-core';
import ky from 'ky';
import { ofetch } from 'ofetch';

// For a page: clients whose packages hold modules that name other modules, which a browser cannot find.
Object.assign(window, { ApolloClient, gql, HttpLink, InMemoryCache, Mutation, QueryClient, ky, ofetch });
