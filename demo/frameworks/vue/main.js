import { connect } from 'tokenward';
import { createApp } from 'vue';
import App from './App.vue';

const client = await connect({ worker: '/tokenward-sw.js' });
createApp(App, { client }).mount('#app');
