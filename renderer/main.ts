import { mount } from 'svelte';
import { Client } from './api/client.ts';
import AppView from './app/App.svelte';
import './app/ui/tokens.css';
import './app/ui/base.css';
import './app/ui/controls.css';
import { App } from './state/app.svelte.ts';

const target = document.getElementById('app');
if (target) mount(AppView, { target, props: { app: new App(new Client(), localStorage, navigator.languages) } });
