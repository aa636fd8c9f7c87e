import { mount } from 'svelte';
import { connect } from 'tokenward';
import App from './App.svelte';

const client = await connect({ worker: '/tokenward-sw.js' });
mount(App, { target: document.getElementById('app'), props: { client } });
